// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Two books, each in its own unit, whose differences must be 0. Events: every observation of the sensor was delivered,
 * sampled out, or lost for a known reason, from one hand-off to the next. Counts: every wire packet of an IP protocol is
 * in a flow or in the overflow. Both are looked at twice a second, whether anybody asks or not.
 */
@ProviderType
public interface Ledger {
    /** Reads both books now; findings and seconds are those of the last look. Any thread. */
    Snapshot read();

    /**
     * Both books.
     *
     * @param observed runs of the sensor
     * @param delivered published on the bus
     * @param sampledOut left out by the sampling step
     * @param ringFull lost because a kernel ring was full
     * @param inFlight on its way: in a ring, or read and not yet published
     * @param handOffs every place that events go through but the subscribers
     * @param subscribers per analyzer
     * @param counts per interface, direction and protocol
     * @param gaps times in which nothing could be recorded
     * @param findings what does not add up, worst first
     * @param unbalanced from the first to the last look at which something did not add up; empty if it always did
     * @param seconds what the last minute brought, oldest first
     */
    record Snapshot(
            long observed,
            long delivered,
            long sampledOut,
            long ringFull,
            long inFlight,
            List<HandOffs.HandOff> handOffs,
            List<Subscriber> subscribers,
            List<Count> counts,
            List<Gap> gaps,
            List<Finding> findings,
            Optional<Span> unbalanced,
            List<Second> seconds) {

        /** {@code observed - delivered - sampledOut - ringFull - inFlight}. */
        public long eventsDifference() {
            return observed - delivered - sampledOut - ringFull - inFlight;
        }

        /** Sum of the absolute differences of the counts, packets; bytes alone count as one. */
        public long countsDifference() {
            return counts.stream().mapToLong(Count::deviation).sum();
        }

        /** Sum of all absolute differences, of hand-offs, subscribers and counts; must be 0. */
        public long difference() {
            return handOffs.stream().mapToLong(h -> Math.abs(h.difference())).sum()
                    + subscribers.stream()
                            .mapToLong(s -> Math.abs(s.difference()))
                            .sum()
                    + countsDifference();
        }
    }

    /**
     * Something that does not add up, and did not at the look before either: what is on its way is none.
     *
     * @param layer where: {@code kernel counter}, {@code ring}, {@code bus}, {@code subscriber}, {@code web client}
     * @param name which one: interface, direction and protocol; CPU; analyzer; peer
     * @param amount how many; negative if there are more than there were
     * @param unit of it: {@code packets}, {@code bytes}, {@code events}, {@code messages}
     * @param sinceNs first look that showed it, nanoseconds since the epoch
     * @param text one sentence
     * @param advice what to do, one sentence
     */
    record Finding(String layer, String name, long amount, String unit, long sinceNs, String text, String advice) {}

    /** A time, nanoseconds since the epoch. */
    record Span(long startNs, long endNs) {}

    /** What one second brought, ending at {@code endNs}: events as in {@link Snapshot}; {@code difference} is its share. */
    record Second(long endNs, long observed, long delivered, long sampledOut, long ringFull, long difference) {}

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
     * @param flows handed to the consumer as flows, packets
     * @param overflow found no place in the table, packets
     * @param difference 0 if the flows lie between the counter read before the scan and the one read after it; else how
     *     many packets they lack of that range, negative if they are beyond it
     * @param bytes the same in wire bytes
     */
    record Count(
            String interfaceName,
            String direction,
            String protocol,
            long counter,
            long flows,
            long overflow,
            long difference,
            Bytes bytes) {

        /** Packets that do not add up, without their sign; 1 if only the bytes do not. */
        long deviation() {
            return difference == 0 && bytes.difference != 0 ? 1 : Math.abs(difference);
        }
    }

    /** As in {@link Count}. */
    record Bytes(long counter, long flows, long overflow, long difference) {}

    /** From {@code startNs} to {@code endNs}, nanoseconds since the epoch, nothing was recorded. */
    record Gap(String reason, long startNs, long endNs) {}
}
