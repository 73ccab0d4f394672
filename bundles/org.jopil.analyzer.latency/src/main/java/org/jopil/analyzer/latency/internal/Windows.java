// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.latency.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jopil.api.source.LatencySource.Key;

/**
 * Histograms over time: the last ten minutes look by look, before that a day by the minute. Bounded: of the looks 512 Ki
 * buckets at most, of the minutes 1 Mi, 6 bytes each, a key taking as much as 16: 9 MB in all. Beyond that the oldest looks
 * go into minutes early, and the oldest minutes are forgotten early. One thread.
 */
final class Windows {
    static final long FINE_NS = Duration.ofMinutes(10).toNanos();

    private static final long MINUTE_NS = Duration.ofMinutes(1).toNanos();
    private static final long DAY_NS = Duration.ofDays(1).toNanos();
    private static final int MOST_FINE = 512 * 1024;
    private static final int MOST_COARSE = 1024 * 1024;
    private static final int KEY_BUCKETS = 16;

    private final Deque<Slot> fine = new ArrayDeque<>();
    private final Deque<Slot> coarse = new ArrayDeque<>();
    private int fineBuckets;
    private int coarseBuckets;

    /** What was counted in a span of time, nanoseconds since the epoch; the end is not in it. */
    static final class Slot {
        final Map<Key, Counts> counts = new HashMap<>();
        final long fromNs;
        long untilNs;

        Slot(long fromNs, long untilNs) {
            this.fromNs = fromNs;
            this.untilNs = untilNs;
        }

        private int buckets() {
            return counts.values().stream()
                    .mapToInt(c -> c.size() + KEY_BUCKETS)
                    .sum();
        }
    }

    /** Visits slots. */
    @FunctionalInterface
    interface Visitor {
        void slot(long fromNs, long untilNs, Map<Key, Counts> counts);
    }

    /** Takes over the newest slot, which must not change any more. */
    void add(Slot slot) {
        if (!slot.counts.isEmpty()) {
            fine.addLast(slot);
            fineBuckets += slot.buckets();
        }
        while (!fine.isEmpty() && (fineBuckets > MOST_FINE || fine.peekFirst().fromNs < slot.untilNs - FINE_NS)) {
            Slot oldest = fine.removeFirst();
            fineBuckets -= oldest.buckets();
            fold(oldest);
        }
        while (!coarse.isEmpty()
                && (coarseBuckets > MOST_COARSE || coarse.peekFirst().untilNs < slot.untilNs - DAY_NS)) {
            coarseBuckets -= coarse.removeFirst().buckets();
        }
    }

    private void fold(Slot slot) {
        Slot minute = coarse.peekLast();
        if (minute == null || minute.fromNs / MINUTE_NS != slot.fromNs / MINUTE_NS) {
            minute = new Slot(slot.fromNs, slot.untilNs);
            coarse.addLast(minute);
        }
        coarseBuckets -= minute.buckets();
        minute.untilNs = slot.untilNs;
        for (Map.Entry<Key, Counts> entry : slot.counts.entrySet()) {
            minute.counts.merge(entry.getKey(), entry.getValue(), Counts::plus);
        }
        coarseBuckets += minute.buckets();
    }

    /** All that overlap the span, the oldest first. */
    void forEach(long fromNs, long untilNs, Visitor visitor) {
        visit(coarse, fromNs, untilNs, visitor);
        visit(fine, fromNs, untilNs, visitor);
    }

    private static void visit(Deque<Slot> slots, long fromNs, long untilNs, Visitor visitor) {
        for (Slot slot : slots) {
            if (slot.untilNs > fromNs && slot.fromNs <= untilNs) {
                visitor.slot(slot.fromNs, slot.untilNs, slot.counts);
            }
        }
    }
}
