// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/** A program on a hook. Any thread. */
public interface BpfLink extends AutoCloseable {
    /** Kernel's id of the link; 0 for a clsact filter. */
    int id();

    /**
     * {@code xdp-native}, {@code xdp-generic}, {@code tcx}, {@code clsact}, {@code tracepoint}, {@code cgroup} or
     * {@code netfilter}.
     */
    String kind();

    /**
     * Whether it was detached behind our back: by {@code bpftool link detach}, or because the interface is gone. Costs a
     * system call; of a tracepoint, a cgroup or netfilter it is never told.
     */
    boolean isSevered();

    /** Detaches; idempotent. A run of the program that has begun may still end afterwards. */
    @Override
    void close();
}
