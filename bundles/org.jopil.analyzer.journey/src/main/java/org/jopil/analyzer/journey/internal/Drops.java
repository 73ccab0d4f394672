// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.function.Consumer;
import org.jopil.api.event.DropBatch;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.source.DropSource.Place;

/** The newest single drops, told apart by whether the packet was followed. One thread. */
final class Drops {
    static final int KEPT = 2_000;

    /** Two programs of one tracepoint run one after the other on the CPU that drops. */
    private static final long SAME_NS = 50_000;

    /** Behind which a drop of a followed packet has been told by both streams. */
    private static final long SETTLED_NS = 1_000_000_000;

    /** First digit of the ids of packets that were not followed; a CPU's number stands there in others. */
    private static final long UNFOLLOWED = 0xdL << 60;

    private final Row[] rows = new Row[KEPT];
    private long added;

    /** A drop; used again for a later one. */
    private static final class Row {
        private long sequence;
        private long timestampNs;
        private int cpu;
        private Place place;
        private Tuple tuple;
        private int lengthBytes;
        private boolean followed;
    }

    Drops() {
        for (int i = 0; i < KEPT; i++) {
            rows[i] = new Row();
        }
    }

    void add(DropBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            Row row = rows[(int) (added++ % KEPT)];
            row.sequence = batch.firstSequence() + i;
            row.timestampNs = batch.timestampNs(i);
            row.cpu = batch.cpu(i);
            row.place = batch.place(i);
            row.tuple = new Tuple(
                    batch.ipProtocol(i),
                    batch.srcHi(i),
                    batch.srcLo(i),
                    batch.srcPort(i),
                    batch.dstHi(i),
                    batch.dstLo(i),
                    batch.dstPort(i));
            row.lengthBytes = batch.lengthBytes(i);
            row.followed = false;
        }
    }

    /** Where a followed packet was dropped; null if that drop was left out, or is too long ago. */
    Place placeOf(Step drop) {
        Row nearest = null;
        long nearestNs = SAME_NS;
        for (int age = 0; age < Math.min(added, KEPT); age++) {
            Row row = rows[(int) ((added - 1 - age) % KEPT)];
            long apartNs = Math.abs(row.timestampNs - drop.timestampNs());
            if (apartNs <= nearestNs
                    && row.cpu == drop.cpu()
                    && row.place.reason().equals(drop.dropReason())) {
                nearest = row;
                nearestNs = apartNs;
            }
        }
        if (nearest == null) {
            return null;
        }
        nearest.followed = true;
        return nearest.place;
    }

    /** Visits the drops of packets that were not followed. */
    void unfollowed(DropKinds kinds, long epochNs, long nowNs, Consumer<Journey> visitor) {
        for (int i = 0; i < Math.min(added, KEPT); i++) {
            Row row = rows[i];
            boolean settled = epochNs - row.timestampNs >= SETTLED_NS;
            if (settled
                    && !row.followed
                    && !kinds.isNormal(row.place.reason(), row.place, nowNs).orElse(true)) {
                visitor.accept(journey(row));
            }
        }
    }

    private static Journey journey(Row row) {
        Step drop = new Step(
                JourneyHook.DROP,
                JourneyEnd.DROPPED,
                row.timestampNs,
                row.cpu,
                row.place.interfaceName(),
                row.place.namespace(),
                0,
                "",
                row.lengthBytes,
                row.place.reason());
        return new Journey(Long.toHexString(UNFOLLOWED | row.sequence), row.tuple, row.lengthBytes, drop);
    }
}
