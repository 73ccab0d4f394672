// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jopil.api.source.Ledger;
import org.jopil.bus.FlowColumns;
import org.junit.jupiter.api.Test;

/**
 * One writer at full speed, more readers than CPUs and of every temper, every row checked: nothing torn, nothing
 * unaccounted. What two threads can do to each other within a few instructions is jcstress's part, in bench/jcstress.
 */
class BatchRingRaceTest {
    private static final long RUN_NS = TimeUnit.SECONDS.toNanos(3);

    private final BatchRing<FlowColumns> ring = new BatchRing<>(8, FlowColumns::new);
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicReference<String> torn = new AtomicReference<>();

    @Test
    void shouldTearNothingAndAccountForEveryRow() throws Exception {
        List<Reader> readers = List.of(
                new Reader("eager", 0, false),
                new Reader("eager2", 0, false),
                new Reader("slow", 200_000, false),
                new Reader("lazy", 20_000_000, false),
                new Reader("stuck", 0, true));
        readers.forEach(Reader::start);

        long until = System.nanoTime() + RUN_NS;
        long rows = 0;
        while (System.nanoTime() < until) {
            rows += write(rows, 1 + (int) (rows % FlowColumns.CAPACITY));
        }
        over.set(true);
        for (Reader reader : readers) {
            reader.join(5000);
            assertTrue(!reader.isAlive(), reader.getName() + " did not end");
        }
        assertAccounts(readers, rows);
    }

    private void assertAccounts(List<Reader> readers, long rows) {
        assertNull(torn.get());
        assertEquals(rows, ring.rows());
        for (Reader reader : readers) {
            Ledger.Subscriber account = reader.cursor.account(reader.getName());
            assertEquals(0, account.difference(), reader.getName());
            assertEquals(rows, account.delivered(), reader.getName());
            assertEquals(0, account.pending(), reader.getName());
            assertEquals(reader.seenRows, account.processed(), reader.getName());
            assertEquals(reader.lostRows, account.overrun(), reader.getName());
            assertEquals(rows, reader.seenRows + reader.lostRows, reader.getName());
            assertEquals(closedOf(rows), reader.seenClosed + reader.lostClosed, reader.getName());
            System.out.printf(
                    "%-7s %,12d rows read, %,12d missed%n", reader.getName(), reader.seenRows, reader.lostRows);
        }
        assertTrue(rows > 1_000_000, "only " + rows + " rows in " + RUN_NS / 1e9 + " s");
    }

    private int write(long first, int count) {
        FlowColumns batch = ring.filling();
        for (int i = 0; i < count; i++) {
            long row = first + i;
            batch.id[i] = row;
            batch.change[i] = (byte) (row % 3);
            batch.bytesFwd[i] = row * 31;
            batch.lastSeenNs[i] = ~row;
        }
        batch.size = count;
        ring.publish();
        return count;
    }

    private static long closedOf(long rows) {
        return rows / 3;
    }

    private final class Reader extends Thread {
        private final Cursor<FlowColumns> cursor = new Cursor<>(ring, () -> {});
        private final long pauseNs;
        private final boolean sticks;
        private long seenRows;
        private long lostRows;
        private long seenClosed;
        private long lostClosed;

        Reader(String name, long pauseNs, boolean sticks) {
            super(name);
            this.pauseNs = pauseNs;
            this.sticks = sticks;
            setDaemon(true);
        }

        @Override
        public void run() {
            long expected = 0;
            while (true) {
                boolean last = over.get();
                FlowColumns batch = cursor.next();
                if (batch == null) {
                    if (last) {
                        return;
                    }
                    Thread.onSpinWait();
                    continue;
                }
                expected += cursor.lost();
                lostRows += cursor.lost();
                lostClosed += cursor.markedLost();
                check(batch, expected);
                while (sticks && !over.get()) {
                    LockSupport.parkNanos(1_000_000);
                    check(batch, expected);
                }
                if (pauseNs > 0) {
                    LockSupport.parkNanos(pauseNs);
                    check(batch, expected);
                }
                expected += batch.size;
                seenRows += batch.size;
                seenClosed += batch.marked();
                cursor.done(batch);
            }
        }

        private void check(FlowColumns batch, long first) {
            if (batch.firstSequence != first) {
                torn.compareAndSet(null, getName() + ": " + first + " expected, got " + batch.firstSequence);
            }
            for (int i = 0; i < batch.size; i++) {
                long row = first + i;
                if (batch.id[i] != row || batch.bytesFwd[i] != row * 31 || batch.lastSeenNs[i] != ~row) {
                    torn.compareAndSet(null, getName() + ": row " + row + " reads " + batch.id[i]);
                    return;
                }
            }
        }
    }

    @Test
    void shouldLetReadersComeAndGoWhileItWrites() throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread comer = new Thread(() -> {
            try {
                while (!over.get()) {
                    List<Cursor<FlowColumns>> some = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        some.add(new Cursor<>(ring, () -> {}));
                        some.get(i).next();
                    }
                    for (Cursor<FlowColumns> cursor : some) {
                        assertEquals(0, cursor.account("x").difference());
                        cursor.close();
                    }
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        comer.start();
        long rows = 0;
        long until = System.nanoTime() + RUN_NS / 3;
        while (System.nanoTime() < until) {
            rows += write(rows, 100);
        }
        over.set(true);
        comer.join(5000);
        assertNull(failure.get());
    }
}
