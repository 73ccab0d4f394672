// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.latency.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.source.LatencySource;

/** Histograms added bucket by bucket, which is exact: percentiles come from the sum alone, never from other percentiles. */
final class Sum {
    private final long[] buckets = new long[LatencySource.BUCKETS];
    private long count;
    private long maxNs;

    void add(int bucket, long packets) {
        buckets[bucket] += packets;
        count += packets;
    }

    void raise(long ns) {
        maxNs = Math.max(maxNs, ns);
    }

    long count() {
        return count;
    }

    long maxNs() {
        return maxNs;
    }

    /**
     * The least time that so many of a hundred packets took at most: the greatest of its bucket, at most 6.25 % too much,
     * and never more than was measured.
     */
    long percentileNs(int percent) {
        long rank = (count * percent + 99) / 100;
        long passed = 0;
        for (int i = 0; i < buckets.length; i++) {
            passed += buckets[i];
            if (passed >= rank && passed > 0) {
                return greatestNs(i, maxNs);
            }
        }
        return maxNs;
    }

    /** The greatest value of a bucket, or {@code limit} if that is less; the last bucket has no end. */
    static long greatestNs(int bucket, long limit) {
        return bucket == LatencySource.BUCKETS - 1 ? limit : Math.min(limit, LatencySource.lowerNs(bucket + 1) - 1);
    }

    /** The buckets that have anything. */
    List<Map<String, Object>> histogram() {
        List<Map<String, Object>> list = new ArrayList<>();
        for (int i = 0; i < buckets.length; i++) {
            if (buckets[i] > 0) {
                Map<String, Object> bucket = new LinkedHashMap<>();
                bucket.put("lower_ns", LatencySource.lowerNs(i));
                bucket.put("count", buckets[i]);
                list.add(bucket);
            }
        }
        return list;
    }
}
