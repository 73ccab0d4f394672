// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import org.jopil.api.JopilException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * How long the kernel's network softirqs waited on each CPU, and how long they ran: exact, cumulative since the tracer came
 * up. Any thread.
 */
@ProviderType
public interface SoftirqSource {
    /** Which half of the network's work. */
    enum Vector {
        /** Frees what was sent, and sends what a queueing discipline held back. */
        NET_TX,
        /** Takes packets from the devices, through the whole stack. */
        NET_RX
    }

    /**
     * Visits both softirqs of every possible CPU.
     *
     * @throws JopilException if they are not measured here; its detail says why
     */
    void read(Visitor visitor);

    /** Number of the window that it is now: another one every 34.4 s. Maxima are those of two of them. */
    long window();

    /** Gets one softirq of one CPU at a time. */
    @FunctionalInterface
    interface Visitor {
        /**
         * A softirq of a CPU.
         *
         * @param runs all of them, also those whose raise was not seen
         * @param delay from the first raise to the run
         * @param run from its begin to its end
         */
        void softirq(int cpu, Vector vector, long runs, Times delay, Times run);
    }

    /**
     * Measured times.
     *
     * @param count how many
     * @param maxNs the longest of this window and the one before it, 0 if there was none
     * @param buckets times by length, {@link LatencySource#BUCKETS} of them, see {@link LatencySource#lowerNs}; each runs
     *     over at 2^32: take differences
     */
    record Times(long count, long sumNs, long maxNs, long[] buckets) {}
}
