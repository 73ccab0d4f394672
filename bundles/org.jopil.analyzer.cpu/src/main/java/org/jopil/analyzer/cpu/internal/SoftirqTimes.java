// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.SoftirqSource;
import org.jopil.api.source.SoftirqSource.Times;
import org.jopil.api.source.SoftirqSource.Vector;

/**
 * Times of softirqs over this window and the one before it: the difference between now and what was there when the earlier
 * one began. One thread.
 */
final class SoftirqTimes {
    private static final String NOBODY = "The tracer is not there.";

    /** One softirq of a CPU. */
    record Key(int cpu, Vector vector) {}

    /** Its cumulative times. */
    record Sums(long runs, Times delay, Times run) {}

    /**
     * What there is to show.
     *
     * @param p99Ns at most this for 99 of 100, to a sixteenth; null if there was none
     * @param maxNs null if there was none
     */
    record Summary(Long p99Ns, Long maxNs) {}

    private final Map<Key, Sums> now = new HashMap<>();
    private Map<Key, Sums> atWindow = Map.of();
    private Map<Key, Sums> atWindowBefore = Map.of();
    private SoftirqSource source;
    private long window;
    private String missing = NOBODY;

    /** Looks if another window has begun. */
    void poll(SoftirqSource present) {
        if (source == null || source != present || present.window() != window) {
            look(present);
        }
    }

    /** @param present null while there is none */
    void look(SoftirqSource present) {
        now.clear();
        missing = "";
        if (present == null) {
            missing = NOBODY;
        } else {
            try {
                present.read(
                        (cpu, vector, runs, delay, run) -> now.put(new Key(cpu, vector), new Sums(runs, delay, run)));
                turn(present);
            } catch (JopilException e) {
                missing = e.title() + ". " + e.detail();
            }
        }
        source = missing.isEmpty() ? present : null;
    }

    private void turn(SoftirqSource present) {
        long number = present.window();
        if (source != present) {
            atWindowBefore = Map.copyOf(now);
            atWindow = atWindowBefore;
        } else if (number != window) {
            atWindowBefore = number == window + 1 ? atWindow : Map.copyOf(now);
            atWindow = Map.copyOf(now);
        }
        window = number;
    }

    /** Why nothing is measured, a sentence; empty if it is. */
    String missing() {
        return missing;
    }

    /** Null where it is not measured. */
    Long runs(int cpu, Vector vector) {
        Sums sums = now.get(new Key(cpu, vector));
        return sums == null ? null : sums.runs;
    }

    Summary delay(int cpu, Vector vector) {
        Key key = new Key(cpu, vector);
        return now.containsKey(key)
                ? summary(now.get(key).delay, atWindowBefore.get(key).delay)
                : new Summary(null, null);
    }

    Summary run(int cpu, Vector vector) {
        Key key = new Key(cpu, vector);
        return now.containsKey(key) ? summary(now.get(key).run, atWindowBefore.get(key).run) : new Summary(null, null);
    }

    private static Summary summary(Times now, Times before) {
        long[] counts = new long[LatencySource.BUCKETS];
        Arrays.setAll(counts, i -> now.buckets()[i] - before.buckets()[i] & 0xFFFF_FFFFL);
        long all = Arrays.stream(counts).sum();
        Long maxNs = now.maxNs() == 0 ? null : now.maxNs();
        if (all == 0 || maxNs == null) {
            return new Summary(null, maxNs);
        }
        long beyond = all / 100;
        int bucket = counts.length - 1;
        while (counts[bucket] <= beyond) {
            beyond -= counts[bucket];
            bucket--;
        }
        boolean open = bucket == counts.length - 1;
        return new Summary(open ? maxNs : Long.valueOf(Math.min(LatencySource.lowerNs(bucket + 1), maxNs)), maxNs);
    }
}
