// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.util.Optional;

/** Opens what the bundle carries for the kernel. OSGi service; any thread. */
public interface BpfLoader {
    /**
     * Opens an object of the bundle; nothing is in the kernel until {@link BpfObject#load()}.
     *
     * @param object file name, {@code sensor.bpf.o}
     * @throws BpfException if there is no such object, it is not for this layout ({@link Layout}), or libbpf is missing
     */
    BpfObject open(String object);

    /** CPUs that can ever be there: the stride of everything that is kept per CPU. At least 1. */
    int possibleCpus();

    /**
     * Lets the kernel measure run times until it is closed.
     *
     * @throws BpfException {@code EPERM} without CAP_SYS_ADMIN, {@code EINVAL} before Linux 5.8
     */
    RunTimeStats measureRunTimes();

    /**
     * Who holds the XDP hook of an interface of the calling thread's network namespace. Needs no privilege for id and
     * mode.
     *
     * @throws BpfException {@code ENODEV} if there is no such interface
     */
    Optional<XdpHolder> xdpHolder(int ifindex);
}
