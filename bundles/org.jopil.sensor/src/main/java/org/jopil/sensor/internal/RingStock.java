// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.bpf.Layout;
import org.jopil.bpf.RingPositions;

/**
 * The account of the rings and of what the bus got from them. Each figure comes from another place: the kernel's counters,
 * the rings' positions, the records that the reader handed over, the rows that the bus counts. They are taken down
 * together by the thread that drains, between two batches: then nothing but the kernel moves meanwhile.
 */
final class RingStock implements AutoCloseable {
    private static final long EVERY_NS = 200_000_000;
    private static final int RECORD_BYTES = RingPositions.recordBytes(Layout.PACKET_EVENT_SIZE);
    /** An event is in its ring some 10 ns before it is counted as submitted. */
    private static final int LOOKS = 64;

    private final RingPositions positions;
    private final LongSupplier submitted;
    private final LongSupplier delivered;
    /** Events before these rings were made: submitted and delivered. */
    private final long before;

    private final long busBefore;

    /** Records read of each ring; the draining thread's own. */
    private final long[] read;

    private long lastNs;

    /** Guarded by {@code this}: what was taken down. */
    private final long[] stockProduced;

    private final long[] stockConsumed;
    private final long[] stockRead;
    private long stockSubmitted;
    private long stockDelivered;
    private long stockFilling;

    /**
     * Begins a new account; nothing is attached yet.
     *
     * @param submitted events on rings as the kernel's programs count them, since start
     * @param delivered rows that the bus published
     * @param busBefore of those, the ones that are none of this sensor's
     */
    RingStock(RingPositions positions, LongSupplier submitted, LongSupplier delivered, long busBefore) {
        this.positions = positions;
        this.submitted = submitted;
        this.delivered = delivered;
        this.busBefore = busBefore;
        before = submitted.getAsLong();
        read = new long[positions.rings()];
        stockProduced = new long[read.length];
        stockConsumed = new long[read.length];
        stockRead = new long[read.length];
        stockSubmitted = before;
        stockDelivered = delivered.getAsLong() - busBefore;
    }

    /** A record was handed over; the draining thread only. */
    void read(int ring) {
        read[ring]++;
    }

    /** Takes stock if it is time; the draining thread only, with every record that was read in {@code filling} or published. */
    void takeWhenDue(long nowNs, int filling) {
        if (nowNs - lastNs >= EVERY_NS) {
            lastNs = nowNs;
            take(filling);
        }
    }

    /** Takes stock; the draining thread only, or when it has ended. */
    synchronized void take(int filling) {
        long counted = 0;
        for (int look = 0; look < LOOKS; look++) {
            counted = submitted.getAsLong();
            long records = before;
            for (int ring = 0; ring < read.length; ring++) {
                stockProduced[ring] = positions.produced(ring) / RECORD_BYTES;
                records += stockProduced[ring];
            }
            long countedAfter = submitted.getAsLong();
            // as many as were in the rings at a moment between both looks at the counters
            counted = Math.min(Math.max(records, counted), countedAfter);
            if (counted == records) {
                break;
            }
        }
        for (int ring = 0; ring < read.length; ring++) {
            stockConsumed[ring] = positions.consumed(ring) / RECORD_BYTES;
            stockRead[ring] = read[ring];
        }
        stockSubmitted = counted;
        stockDelivered = delivered.getAsLong() - busBefore;
        stockFilling = filling;
    }

    /** As of the last stock. Any thread. */
    synchronized List<HandOff> handOffs() {
        List<HandOff> account = new ArrayList<>();
        long produced = before;
        long records = before;
        for (int ring = 0; ring < read.length; ring++) {
            produced += stockProduced[ring];
            records += stockRead[ring];
        }
        account.add(new HandOff(HandOffs.RING, "all, written", stockSubmitted, produced, 0, 0, 0));
        for (int ring = 0; ring < read.length; ring++) {
            long waiting = stockProduced[ring] - stockConsumed[ring];
            account.add(new HandOff(HandOffs.RING, "CPU " + ring, stockProduced[ring], stockRead[ring], 0, 0, waiting));
        }
        account.add(new HandOff(HandOffs.BUS, "packets", records, stockDelivered, 0, 0, stockFilling));
        return account;
    }

    @Override
    public void close() {
        positions.close();
    }
}
