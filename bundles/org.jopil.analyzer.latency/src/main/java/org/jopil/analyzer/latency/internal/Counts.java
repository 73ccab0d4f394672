// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.latency.internal;

import java.util.Arrays;
import org.jopil.api.source.LatencySource;

/** A histogram of a span of time, sparse: the buckets that have anything, in order. Immutable. */
final class Counts {
    private final short[] bucket;
    private final int[] count;
    private final long maxNs;

    private Counts(short[] bucket, int[] count, long maxNs) {
        this.bucket = bucket;
        this.count = count;
        this.maxNs = maxNs;
    }

    /**
     * What came between two looks; null if nothing did.
     *
     * @param recentMaxNs the kernel's maximum of about that time: one that was measured during the look itself may be in
     *     the buckets of one span and in the maximum of the next
     */
    static Counts between(int[] before, int[] now, long recentMaxNs) {
        int there = 0;
        for (int i = 0; i < now.length; i++) {
            there += now[i] == before[i] ? 0 : 1;
        }
        if (there == 0) {
            return null;
        }
        short[] bucket = new short[there];
        int[] count = new int[there];
        int at = 0;
        for (int i = 0; i < now.length; i++) {
            if (now[i] != before[i]) {
                bucket[at] = (short) i;
                count[at++] = now[i] - before[i];
            }
        }
        int top = bucket[there - 1];
        return new Counts(
                bucket,
                count,
                Math.max(LatencySource.lowerNs(top), Math.min(recentMaxNs, Sum.greatestNs(top, Long.MAX_VALUE))));
    }

    /** Both together. */
    Counts plus(Counts other) {
        short[] merged = new short[bucket.length + other.bucket.length];
        int[] counts = new int[merged.length];
        int size = 0;
        int mine = 0;
        int theirs = 0;
        while (mine < bucket.length || theirs < other.bucket.length) {
            boolean takeMine =
                    theirs == other.bucket.length || mine < bucket.length && bucket[mine] <= other.bucket[theirs];
            boolean takeTheirs =
                    mine == bucket.length || theirs < other.bucket.length && other.bucket[theirs] <= bucket[mine];
            merged[size] = takeMine ? bucket[mine] : other.bucket[theirs];
            counts[size++] = (takeMine ? count[mine++] : 0) + (takeTheirs ? other.count[theirs++] : 0);
        }
        return new Counts(Arrays.copyOf(merged, size), Arrays.copyOf(counts, size), Math.max(maxNs, other.maxNs));
    }

    void addTo(Sum sum) {
        for (int i = 0; i < bucket.length; i++) {
            sum.add(bucket[i], Integer.toUnsignedLong(count[i]));
        }
        sum.raise(maxNs);
    }

    int size() {
        return bucket.length;
    }
}
