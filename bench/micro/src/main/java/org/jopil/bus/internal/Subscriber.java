// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import com.lmax.disruptor.EventHandler;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.api.event.PacketBatch;

/** Reads three fields of every event and adds them up, whatever brings the event. One thread at a time. */
final class Subscriber implements PacketAnalyzer, EventHandler<Source.Entry> {
    private static final int SUM = 16;
    private static final int PENDING = 17;

    /** In the middle of memory of its own, so that two subscribers do not share a line. */
    private final long[] own = new long[34];

    private final AtomicLong events = new AtomicLong();

    /** Events read; any thread. */
    long events() {
        return events.get();
    }

    long sum() {
        return own[SUM];
    }

    @Override
    public void onPackets(PacketBatch batch) {
        long sum = 0;
        for (int row = 0; row < batch.size(); row++) {
            sum += batch.wireBytes(row) + batch.srcLo(row) + batch.dstPort(row);
        }
        own[SUM] += sum;
        done(batch.size());
    }

    @Override
    public void onEvent(Source.Entry entry, long sequence, boolean endOfBatch) {
        own[SUM] += entry.wireBytes + entry.srcLo + entry.dstPort;
        own[PENDING]++;
        if (endOfBatch) {
            done(own[PENDING]);
            own[PENDING] = 0;
        }
    }

    void onEvent(Map<String, Object> properties) {
        own[SUM] +=
                (Integer) properties.get("bytes") + (Long) properties.get("src") + (Integer) properties.get("dst_port");
        done(1);
    }

    private void done(long more) {
        events.lazySet(events.getPlain() + more);
    }
}
