// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import org.jopil.api.event.PacketBatch;
import org.jopil.bus.PacketColumns;
import org.junit.jupiter.api.Test;

class BatchRingAllocationTest {
    private static final int BATCHES = 20_000;

    private final BatchRing<PacketColumns> ring = new BatchRing<>(64, PacketColumns::new);
    private final PacketView view = new PacketView(batch -> {});
    private long sum;

    @Test
    void shouldAllocateNothingToPublishAndToRead() {
        Cursor<PacketColumns> reader = new Cursor<>(ring, () -> {});
        Cursor<PacketColumns> holder = new Cursor<>(ring, () -> {});
        run(reader, BATCHES);
        holder.next(); // keeps its batch for ever: the writer has to look for others
        run(reader, BATCHES);

        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        threads.getThreadAllocatedBytes(id);
        long before = threads.getThreadAllocatedBytes(id);
        long start = System.nanoTime();
        run(reader, BATCHES);
        long ns = System.nanoTime() - start;
        long allocated = threads.getThreadAllocatedBytes(id) - before;

        System.out.printf(
                "bus: %.2f ns per row to fill 2 columns, publish and read, %d bytes in %,d batches (sum %d)%n",
                (double) ns / BATCHES / PacketColumns.CAPACITY, allocated, BATCHES, sum);
        assertEquals(0, allocated);
    }

    private void run(Cursor<PacketColumns> reader, int batches) {
        for (int i = 0; i < batches; i++) {
            PacketColumns columns = ring.filling();
            for (int row = 0; row < PacketColumns.CAPACITY; row++) {
                columns.timestampNs[row] = row;
                columns.wireBytes[row] = i;
            }
            columns.size = PacketColumns.CAPACITY;
            ring.publish();
            for (PacketColumns batch = reader.next(); batch != null; batch = reader.next()) {
                view.open(batch, reader.lost(), reader.markedLost());
                sum += total(view);
                view.close();
                reader.done(batch);
            }
        }
    }

    private static long total(PacketBatch batch) {
        long total = 0;
        for (int row = 0; row < batch.size(); row++) {
            total += batch.timestampNs(row) + batch.wireBytes(row);
        }
        return total;
    }
}
