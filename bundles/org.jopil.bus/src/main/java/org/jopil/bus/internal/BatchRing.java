// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jopil.bus.Columns;

/**
 * One stream: a ring of references to pooled batches, one writer, any number of readers with a cursor each.
 *
 * <pre>
 *   slots   [ 8 ][ 9 ][ 10 ][ 3 ][ 4 ][ 5 ][ 6 ][ 7 ]     batch n lies in slot n &amp; mask, the last N batches
 *                        ^ last published                 reader announces a batch, looks again, reads, clears
 *   out of the ring: the batch being filled, and one for each reader that may hold it back
 * </pre>
 *
 * The writer never waits: a batch that leaves the ring while a reader has announced it is left to that reader, and
 * another one is filled. Pool = slots + 1 + readers, and a reader announces one batch at most, so there always is one.
 *
 * @param <B> the stream's kind of batch
 */
final class BatchRing<B extends Columns> {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Columns[].class);
    private static final VarHandle TOTAL = MethodHandles.arrayElementVarHandle(long[].class);

    private final Supplier<B> factory;
    private final Columns[] slots;
    private final int mask;
    private final int wakeBacklog;

    /** Rows and marked rows of the first n batches, at n modulo twice the ring; so that both can be read for one n. */
    private final long[] rowTotals;

    private final long[] markedTotals;

    /** Handed over by subscribing threads, so that the writer never allocates. */
    private final ConcurrentLinkedQueue<Columns> spares = new ConcurrentLinkedQueue<>();

    private volatile Cursor<?>[] readers = {};
    private int allocatedSpares;

    private volatile long published;

    // the writer's own
    private Columns filling;
    private Columns[] outside = new Columns[64];
    private int outsideCount;

    BatchRing(int size, Supplier<B> factory) {
        if (Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException("not a power of two: " + size);
        }
        this.factory = factory;
        slots = new Columns[size];
        mask = size - 1;
        wakeBacklog = Math.max(1, size / 4);
        rowTotals = new long[2 * size];
        markedTotals = new long[2 * size];
        for (int i = 0; i < size; i++) {
            slots[i] = factory.get();
        }
        filling = factory.get();
    }

    int size() {
        return slots.length;
    }

    /** The writer's batch. */
    @SuppressWarnings("unchecked") // made by the factory
    B filling() {
        return (B) filling;
    }

    /** Publishes what was filled, if anything; whether more than half of the readers are half a ring behind. */
    boolean publish() {
        Columns batch = filling;
        int rows = batch.size;
        if (rows == 0) {
            return false;
        }
        long sequence = published;
        int total = (int) sequence & (rowTotals.length - 1);
        int nextTotal = (int) (sequence + 1) & (rowTotals.length - 1);
        batch.batchSequence = sequence;
        batch.firstSequence = rowTotals[total];
        batch.markedBefore = markedTotals[total];
        // release: who reads a total that took the place of another one sees how far the ring has come, too
        TOTAL.setRelease(rowTotals, nextTotal, batch.firstSequence + rows);
        TOTAL.setRelease(markedTotals, nextTotal, batch.markedBefore + batch.marked());

        int slot = (int) sequence & mask;
        Columns old = slots[slot];
        // volatile: ordered before the look at the announcements below, as the reader's announcement is before its
        // second look at the slot
        SLOT.setVolatile(slots, slot, batch);
        published = sequence + 1;
        filling = unannounced(old);
        filling.size = 0;

        Cursor<?>[] all = readers;
        int behind = 0;
        for (Cursor<?> reader : all) {
            long backlog = sequence + 1 - reader.position();
            if (backlog >= wakeBacklog) {
                reader.wake();
                behind += backlog >= slots.length / 2 ? 1 : 0;
            }
        }
        return behind > all.length / 2;
    }

    private Columns unannounced(Columns candidate) {
        if (!isAnnounced(candidate)) {
            return candidate;
        }
        for (Columns spare = spares.poll(); spare != null; spare = spares.poll()) {
            setAside(spare);
        }
        for (int i = 0; i < outsideCount; i++) {
            Columns other = outside[i];
            if (!isAnnounced(other)) {
                outside[i] = candidate;
                return other;
            }
        }
        throw new IllegalStateException("more batches held than there are readers");
    }

    private void setAside(Columns spare) {
        if (outsideCount == outside.length) {
            outside = Arrays.copyOf(outside, 2 * outside.length);
        }
        outside[outsideCount++] = spare;
    }

    private boolean isAnnounced(Columns batch) {
        for (Cursor<?> reader : readers) {
            if (reader.announced() == batch) {
                return true;
            }
        }
        return false;
    }

    /** Batches published. */
    long published() {
        return published;
    }

    /** Rows of the first {@code batches} batches, or -1 if that is too long ago. */
    long rowsBefore(long batches) {
        return totalBefore(rowTotals, batches);
    }

    /** Marked rows of the first {@code batches} batches, or -1 if that is too long ago. */
    long markedBefore(long batches) {
        return totalBefore(markedTotals, batches);
    }

    private long totalBefore(long[] totals, long batches) {
        long value = (long) TOTAL.getAcquire(totals, (int) batches & (totals.length - 1));
        return published - batches < slots.length ? value : -1;
    }

    /** Rows published. */
    long rows() {
        long rows;
        do {
            rows = rowsBefore(published);
        } while (rows < 0);
        return rows;
    }

    /** What lies in the slot of a batch now; that batch, or an earlier or later one. */
    @SuppressWarnings("unchecked") // made by the factory
    B slotOf(long sequence) {
        return (B) SLOT.getVolatile(slots, (int) sequence & mask);
    }

    synchronized void add(Cursor<B> reader) {
        if (readers.length >= allocatedSpares) {
            spares.add(factory.get());
            allocatedSpares++;
        }
        Cursor<?>[] more = Arrays.copyOf(readers, readers.length + 1);
        more[readers.length] = reader;
        readers = more;
    }

    /** The reader must have no batch announced any more. */
    synchronized void remove(Cursor<B> reader) {
        readers = Arrays.stream(readers).filter(r -> r != reader).toArray(Cursor<?>[]::new);
    }
}
