// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.time.Instant;
import org.jopil.api.event.Direction;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The kernel's flow table. One consumer, claimed: a flow's difference is handed over once, and acknowledged when the
 * visitor returned. With no consumer the table just keeps counting.
 */
@ProviderType
public interface FlowSource {
    /**
     * Makes the caller the one consumer until the claim is closed.
     *
     * @throws IllegalStateException if there is one already
     */
    Claim claim();

    /** The consumer's handle. One thread. */
    @ProviderType
    interface Claim extends AutoCloseable {
        /** Visits every flow that changed since the last scan. Returns how many. */
        int scan(Visitor visitor);

        /**
         * Whether the next scan should not wait for its time: many new flows since the last one, or the sensor stops and
         * keeps the table readable for a last scan. Cheap; any thread.
         */
        default boolean urgent() {
            return false;
        }

        /**
         * Visits every interface with packets that found no slot: those packets are in no change. Told after a scan, which
         * flows they belong to is not known; any that was seen there since the telling before may miss them.
         */
        default void overflow(OverflowVisitor visitor) {}

        /**
         * The time that time-outs are measured by, nanoseconds since the epoch: the wall clock, but in a replay, where it is
         * the time that was recorded, as far as the next scan will come.
         */
        default long nowNs() {
            Instant now = Instant.now();
            return now.getEpochSecond() * 1_000_000_000L + now.getNano();
        }

        /** Whether the packets are from a file, of which nothing is to be forgotten for its age. */
        default boolean isRecorded() {
            return false;
        }

        @Override
        void close();
    }

    /** Gets the changes. What it throws leaves the change unacknowledged: it comes again. */
    @FunctionalInterface
    interface Visitor {
        void flow(Change change);
    }

    /** Gets IP packets without a slot by interface, since the source's start. */
    @FunctionalInterface
    interface OverflowVisitor {
        void overflow(int interfaceId, long packets);
    }

    /** One direction of one flow on one interface and CPU, as the kernel keys it. A cursor, valid during the call. */
    @ProviderType
    interface Change {
        int interfaceId();

        Direction direction();

        int vlan();

        int innerVlan();

        int ipProtocol();

        boolean isFragment();

        long srcHi();

        long srcLo();

        long dstHi();

        long dstLo();

        /** Port, or ICMP type. */
        int srcPort();

        /** Port, or ICMP code. */
        int dstPort();

        /** Wire packets since the last scan, at least 1. */
        long packets();

        /** Wire bytes since the last scan; may run ahead of the packets by a packet in flight, never behind for long. */
        long bytes();

        /** First packet of the slot, nanoseconds since the epoch, grain of a jiffy. */
        long firstSeenNs();

        long lastSeenNs();

        /** TCP flags of the first packet. */
        int firstTcpFlags();

        /** TCP flags of all packets, or-ed. */
        int tcpFlags();
    }
}
