// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.ObjIntConsumer;
import org.jopil.api.analyzer.DropListener;
import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.api.source.DropSource;
import org.jopil.bus.Columns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What waiting for batches, being woken and reading them costs the heap: nothing. */
@Timeout(60)
class AnalyzerThreadAllocationTest {
    private static final int BATCHES = 20_000;
    private static final int ATTEMPTS = 8;
    private static final int ROWS = 8;
    private static final long PAUSE_NS = 20_000;

    private final Streams streams = new Streams();
    private final AtomicLong read = new AtomicLong();
    private long published;

    @Test
    void shouldAllocateNothingPerBatchOfPacketsNorPerWait() {
        PacketAnalyzer reader = batch -> {
            long sum = 0;
            for (int row = 0; row < batch.size(); row++) {
                sum += batch.wireBytes(row);
            }
            read.lazySet(read.getPlain() + sum);
        };
        check(PacketAnalyzer.class, reader, streams.packets, (columns, row) -> columns.wireBytes[row] = 1);
    }

    @Test
    void shouldAllocateNothingPerBatchOfDropsNorPerWait() {
        DropSource.Place place = new DropSource.Place("NO_SOCKET", "__udp4_lib_rcv", 0, "", "eth0", "");
        DropListener reader = batch -> {
            long sum = 0;
            for (int row = 0; row < batch.size(); row++) {
                sum += batch.weight(row) + batch.place(row).offset();
            }
            read.lazySet(read.getPlain() + sum);
        };
        check(DropListener.class, reader, streams.drops, (columns, row) -> {
            columns.weight[row] = 1;
            columns.place[row] = place;
        });
    }

    private <C extends Columns> void check(
            Class<?> role, Object reader, BatchRing<C> ring, ObjIntConsumer<C> rowThatAddsOne) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        AnalyzerThread analyzer = new AnalyzerThread(
                new AnalyzerThread.Identity("allocation", "test", "1", 0, Set.of(role.getName())),
                1,
                () -> reader,
                streams,
                Optional.empty(),
                left -> {});
        analyzer.start();
        try {
            await(() -> !analyzer.accounts().isEmpty());
            long thread = Thread.getAllStackTraces().keySet().stream()
                    .filter(t -> t.getName().equals("jopil-allocation"))
                    .findFirst()
                    .orElseThrow()
                    .getId();
            publish(ring, rowThatAddsOne);
            long least = Long.MAX_VALUE;
            // who makes the JIT compile a method resolves its class's string constants: once, on this very thread
            for (int i = 0; i < ATTEMPTS && least != 0; i++) {
                long before = threads.getThreadAllocatedBytes(thread);
                publish(ring, rowThatAddsOne);
                least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
            }
            assertEquals(0, least, "bytes for " + BATCHES + " batches");
        } finally {
            analyzer.stop(false);
            assertTrue(analyzer.awaitEnd(5000));
        }
    }

    /** In bursts that the reader catches up with, so that it waits and is woken again and again. */
    private <C extends Columns> void publish(BatchRing<C> ring, ObjIntConsumer<C> rowThatAddsOne) {
        for (int i = 1; i <= BATCHES; i++) {
            C columns = ring.filling();
            for (int row = 0; row < ROWS; row++) {
                rowThatAddsOne.accept(columns, row);
            }
            columns.size = ROWS;
            ring.publish();
            published += ROWS;
            if (i % (ring.size() / 2) == 0 || i == BATCHES) {
                await(() -> read.get() == published);
            }
        }
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "not in time");
            LockSupport.parkNanos(PAUSE_NS);
        }
    }
}
