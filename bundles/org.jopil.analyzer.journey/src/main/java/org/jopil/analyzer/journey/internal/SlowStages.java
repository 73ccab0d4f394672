// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jopil.api.event.Stage;

/**
 * Which times of a stage are its slowest hundredth, by the journeys of the last half to whole minute: histograms of two half
 * minutes, in the kernel's buckets. One thread.
 */
final class SlowStages {
    /** Fewer times have no hundredth part. */
    static final int FEWEST = 100;

    private static final long HALF_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int SUB_BUCKETS = 16;
    private static final int BUCKETS = 1024;

    private int[][] now = new int[Stage.values().length][BUCKETS];
    private int[][] before = new int[Stage.values().length][BUCKETS];
    private final int[] limits = new int[Stage.values().length];
    private long halfBeganNs;
    private long lookedNs;

    /** @param nowNs {@link System#nanoTime} */
    SlowStages(long nowNs) {
        halfBeganNs = nowNs;
        lookedNs = nowNs;
        Arrays.fill(limits, BUCKETS);
    }

    /** Forgets what is too old, and looks once a second which times are slow. */
    void turn(long nowNs) {
        if (nowNs - halfBeganNs >= HALF_NS) {
            turnHalf(nowNs);
        }
        if (nowNs - lookedNs >= LOOK_NS) {
            lookedNs = nowNs;
            look();
        }
    }

    private void turnHalf(long nowNs) {
        boolean longAgo = nowNs - halfBeganNs >= 2 * HALF_NS;
        int[][] free = before;
        before = now;
        now = free;
        for (int[] stage : now) {
            Arrays.fill(stage, 0);
        }
        if (longAgo) {
            for (int[] stage : before) {
                Arrays.fill(stage, 0);
            }
        }
        halfBeganNs = nowNs;
    }

    void add(Stage stage, long ns) {
        now[stage.ordinal()][bucket(ns)]++;
    }

    /** Whether at least 99 of 100 of the times up to the last look took less; false while there are too few. */
    boolean isSlow(Stage stage, long ns) {
        return bucket(ns) > limits[stage.ordinal()];
    }

    private void look() {
        for (int stage = 0; stage < limits.length; stage++) {
            limits[stage] = limit(now[stage], before[stage]);
        }
    }

    /** The bucket with the 99th of 100. */
    private static int limit(int[] a, int[] b) {
        long all = 0;
        for (int i = 0; i < BUCKETS; i++) {
            all += a[i] + b[i];
        }
        if (all < FEWEST) {
            return BUCKETS;
        }
        long left = all;
        int bucket = -1;
        while (left * 100 > all) {
            bucket++;
            left -= a[bucket] + b[bucket];
        }
        return bucket;
    }

    /** Of 16 for each power of two. */
    private static int bucket(long ns) {
        if (ns < SUB_BUCKETS) {
            return (int) Math.max(0, ns);
        }
        int log = 63 - Long.numberOfLeadingZeros(ns);
        return ((log - 3) << 4) + (int) (ns >> (log - 4) & 15);
    }
}
