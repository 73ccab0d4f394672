// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.PacketBatch;
import org.jopil.api.event.Protocols;
import org.jopil.bus.PacketColumns;
import org.junit.jupiter.api.Test;

class SegmentTrackerAllocationTest {
    private static final int CONNECTIONS = 4096;
    private static final int PAYLOAD = 1000;
    private static final int ETHERNET = 14;

    private final SegmentTracker tracker = new SegmentTracker(CONNECTIONS);
    private final PacketColumns rows = new PacketColumns();
    private int next;

    /** Every connection's next segment, each hundredth a second time. */
    private void fill() {
        ByteBuffer bytes = ByteBuffer.wrap(rows.captured);
        rows.size = PacketColumns.CAPACITY;
        for (int row = 0; row < rows.size; row++, next++) {
            int connection = next % CONNECTIONS;
            int round = next / CONNECTIONS - (next % 100 == 0 ? 1 : 0);
            rows.timestampNs[row] = 10_000L * next;
            rows.weight[row] = 1;
            rows.packets[row] = 1;
            rows.lengthBytes[row] = ETHERNET + 40 + PAYLOAD;
            rows.flags[row] = PacketColumns.FLAG_PORTS;
            rows.ipProtocol[row] = Protocols.TCP;
            rows.srcHi[row] = 0;
            rows.srcLo[row] = Addresses.mapped(0x0A00_0000 | connection);
            rows.dstLo[row] = Addresses.mapped(0x0A01_0000);
            rows.srcPort[row] = (char) (20_000 + connection);
            rows.dstPort[row] = 443;
            rows.capturedLength[row] = ETHERNET + 40;
            int at = row * PacketColumns.CAPTURE_BYTES + ETHERNET;
            bytes.putShort(at - 2, (short) 0x0800).put(at, (byte) 0x45).putShort(at + 2, (short) (40 + PAYLOAD));
            bytes.putInt(at + 24, PAYLOAD * round).put(at + 32, (byte) 0x50).put(at + 33, (byte) 0x10);
        }
    }

    @Test
    void shouldAllocateNothingPerSegment() {
        PacketBatch batch = rows;
        long ns = 0;
        long allocated = 0;
        int batches = 400;
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        for (int n = 0; n < 2 * batches; n++) {
            fill();
            long before = threads.getThreadAllocatedBytes(id);
            long start = System.nanoTime();
            tracker.take(batch);
            long took = System.nanoTime() - start;
            if (n >= batches) {
                ns += took;
                allocated += threads.getThreadAllocatedBytes(id) - before;
            }
        }
        System.out.printf(
                "segments: %.0f ns each of %,d connections, %d bytes%n",
                (double) ns / batches / rows.size, CONNECTIONS, allocated);
        assertEquals(0, allocated);
        int ports = rows.srcPort[0] << 16 | rows.dstPort[0];
        long meta = FlowKeys.meta(0, 0, 0, Protocols.TCP, false, false);
        int hash = FlowKeys.hash(meta, 0, rows.srcLo[0], 0, rows.dstLo[0], ports);
        SegmentedConnection first = tracker.find(hash, meta, 0, rows.srcLo[0], 0, rows.dstLo[0], ports);
        assertFalse(first.misses(2 * batches * rows.size / CONNECTIONS, 0), "every segment was followed");
    }
}
