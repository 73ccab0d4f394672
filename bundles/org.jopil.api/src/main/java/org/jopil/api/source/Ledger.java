// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Two books, each in its own unit, whose differences must be 0. Events: every observation of the sensor was delivered,
 * sampled out, or lost for a known reason. Counts: every wire packet of an IP protocol is in a flow or in the overflow.
 */
@ProviderType
public interface Ledger {
    /** Reads both books. Any thread. */
    Snapshot read();

    /**
     * Both books.
     *
     * @param observed runs of the sensor
     * @param delivered published on the bus
     * @param sampledOut left out by the sampling step
     * @param ringFull lost because a kernel ring was full
     * @param inFlight submitted by the kernel, not yet read
     * @param subscribers per analyzer
     * @param counts per interface, direction and protocol
     * @param gaps times in which nothing could be recorded
     */
    record Snapshot(
            long observed,
            long delivered,
            long sampledOut,
            long ringFull,
            long inFlight,
            List<Subscriber> subscribers,
            List<Count> counts,
            List<Gap> gaps) {

        /** {@code observed - delivered - sampledOut - ringFull - inFlight}. */
        public long eventsDifference() {
            return observed - delivered - sampledOut - ringFull - inFlight;
        }

        /** Sum of the absolute differences of the counts, packets. */
        public long countsDifference() {
            return counts.stream().mapToLong(c -> Math.abs(c.difference())).sum();
        }
    }

    /** {@code delivered = processed + overrun + pending}. */
    record Subscriber(String name, long delivered, long processed, long overrun, long pending) {
        public long difference() {
            return delivered - processed - overrun - pending;
        }
    }

    /**
     * One protocol of one direction of one interface, as of the last scan of the flow table.
     *
     * @param counter the kernel's counter, wire packets
     * @param flows handed to the consumer as flows
     * @param overflow found no place in the table
     * @param difference 0 if the flows lie between the counter read before the scan and the one read after it; else by
     *     how many packets they miss that range
     */
    record Count(
            String interfaceName,
            String direction,
            String protocol,
            long counter,
            long flows,
            long overflow,
            long difference) {}

    /** From {@code startNs} to {@code endNs}, nanoseconds since the epoch, nothing was recorded. */
    record Gap(String reason, long startNs, long endNs) {}
}
