// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import org.jopil.api.JopilException;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.SoftirqSource;

/** Receive softirqs of CPU 0. */
final class FakeSoftirqs implements SoftirqSource {
    private final boolean off;
    private final long[] delays = new long[LatencySource.BUCKETS];
    private long count;
    private long maxNs;

    long window = 7;

    FakeSoftirqs(boolean off) {
        this.off = off;
    }

    void add(int bucket, long times, long longestNs) {
        delays[bucket] = delays[bucket] + times & 0xFFFF_FFFFL;
        count += times;
        maxNs = longestNs;
    }

    @Override
    public void read(Visitor visitor) {
        if (off) {
            throw new JopilException("JOPIL-118", 503, "Off", "Turn it on.");
        }
        visitor.softirq(
                0,
                Vector.NET_RX,
                count,
                new Times(count, 0, maxNs, delays.clone()),
                new Times(0, 0, 0, new long[LatencySource.BUCKETS]));
    }

    @Override
    public long window() {
        return window;
    }
}
