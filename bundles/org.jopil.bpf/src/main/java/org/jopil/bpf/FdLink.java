// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import org.jopil.bpf.internal.KernelInfo;
import org.jopil.bpf.internal.Libbpf;
import org.jopil.bpf.internal.Libc;

/** A bpf_link: it lives as long as its descriptor, so a killed process leaves none. */
final class FdLink implements BpfLink {
    static final String TRACEPOINT = "tracepoint";
    static final String CGROUP = "cgroup";
    static final String NETFILTER = "netfilter";

    private final Libbpf bpf;
    private final int fd;
    private final int id;
    private final String kind;
    private boolean closed;

    FdLink(Libbpf bpf, int fd, String kind) {
        this.bpf = bpf;
        this.fd = fd;
        this.kind = kind;
        try {
            this.id = KernelInfo.link(fd).id();
        } catch (RuntimeException e) {
            Libc.close(fd);
            throw e;
        }
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public String kind() {
        return kind;
    }

    @Override
    public synchronized boolean isSevered() {
        return closed || isOnInterface() && KernelInfo.link(fd).ifindex() == 0;
    }

    private boolean isOnInterface() {
        return !kind.equals(TRACEPOINT) && !kind.equals(CGROUP) && !kind.equals(NETFILTER);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            // detach first: it works even while someone else holds a descriptor of the link. A severed one refuses,
            // fine
            bpf.bpf_link_detach(fd);
            Libc.close(fd);
        }
    }
}
