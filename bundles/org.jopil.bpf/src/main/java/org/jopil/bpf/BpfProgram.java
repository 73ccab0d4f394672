// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jopil.api.event.Direction;

/**
 * A loaded program; lives as long as its object. Any thread. Attaching acts in the calling thread's network namespace,
 * displaces nothing, and throws {@link BpfException} whose errno says why not: {@code EBUSY} or {@code EEXIST} the hook is
 * taken, {@code ENODEV} no such interface, {@code EOPNOTSUPP} no native XDP in the driver, {@code ERANGE} MTU too large,
 * {@code EINVAL} the kernel has no such hook, {@code EPERM} no right.
 */
public interface BpfProgram {
    /** Kernel's id. */
    int id();

    String name();

    /** By bpf_link. */
    BpfLink attachXdp(int ifindex, XdpMode mode);

    /** By bpf_link; first of all at ingress, last of all at egress, so that counts do not depend on what else is there. */
    BpfLink attachTcx(int ifindex, Direction direction);

    /**
     * As a filter of our own on clsact, for kernels without tcx. It outlives a killed process: the next start and
     * {@code jopil cleanup} remove it. Close in the same network namespace.
     */
    BpfLink attachClsact(int ifindex, Direction direction);

    /** To the tracepoint that its section names ({@code tp_btf/…}): sees all network namespaces. Needs BTF of the kernel. */
    BpfLink attachTracepoint();

    /**
     * To a hook of netfilter in this thread's network namespace, which the link keeps alive (Linux 6.4).
     *
     * @param priority the least comes first; {@link Integer#MIN_VALUE} and {@link Integer#MAX_VALUE} are the kernel's own
     */
    BpfLink attachNetfilter(boolean ipv6, NetfilterHook hook, int priority);

    /**
     * To a cgroup and all below it, beside what is there.
     *
     * @param cgroup folder in the unified hierarchy (cgroup2)
     */
    BpfLink attachCgroup(Path cgroup);

    /**
     * Runs an iterator ({@code iter/…}) over all there is, once.
     *
     * @param over whose entries an {@code iter/bpf_sk_storage_map} goes over; null for other iterators
     * @param recordBytes what the program writes at a time
     * @param records gets them one by one, in native byte order; the buffer is valid during the call
     */
    void iterate(BpfMap over, int recordBytes, Consumer<ByteBuffer> records);

    /**
     * Runs it on one frame without any interface (BPF_PROG_TEST_RUN).
     *
     * @param frame from the destination MAC, 14 bytes at least
     */
    TestResult testRun(byte[] frame, TestOptions options);

    /** What the kernel tells about it; run times grow only while they are measured ({@link BpfLoader#measureRunTimes}). */
    Info info();

    /**
     * A program as the kernel sees it.
     *
     * @param tag hash of the instructions, 16 hex digits
     * @param verifiedInstructions instructions the verifier walked, 0 where the kernel does not tell
     * @param translatedBytes size of the BPF code after the verifier
     * @param runTimeNs and {@code runs}: summed since load
     * @param missedRuns of a tracing program: left out because it was running on that CPU already (5.12)
     */
    record Info(
            int id,
            String name,
            String tag,
            int verifiedInstructions,
            int translatedBytes,
            long runTimeNs,
            long runs,
            long missedRuns) {}
}
