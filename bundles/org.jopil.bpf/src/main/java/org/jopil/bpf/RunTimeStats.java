// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/**
 * As long as one of these is open the kernel measures the run times of all programs ({@link BpfProgram.Info}). It is a
 * descriptor: it ends with the process, and leaves the sysctl {@code kernel.bpf_stats_enabled} as it is. Any thread.
 */
public interface RunTimeStats extends AutoCloseable {
    /** Idempotent. */
    @Override
    void close();
}
