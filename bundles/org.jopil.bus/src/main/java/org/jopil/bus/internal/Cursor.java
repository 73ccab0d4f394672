// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jopil.api.source.Ledger;
import org.jopil.bus.Columns;

/**
 * A subscriber's place on a stream, and its account: {@code delivered = processed + overrun + pending}. Read by one
 * thread; the account by any.
 *
 * @param <B> the stream's kind of batch
 */
final class Cursor<B extends Columns> {
    private static final VarHandle ANNOUNCED;
    private static final VarHandle NEXT_BATCH;
    private static final VarHandle ACCOUNT_VERSION;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            ANNOUNCED = lookup.findVarHandle(Cursor.class, "announced", Columns.class);
            NEXT_BATCH = lookup.findVarHandle(Cursor.class, "nextBatch", long.class);
            ACCOUNT_VERSION = lookup.findVarHandle(Cursor.class, "accountVersion", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** A place to go on from, on the same ring. */
    record Place(long batch, long row, long marked, long startRow, long processed, long overrun) {}

    private final BatchRing<B> ring;
    private final Runnable waker;

    private volatile Columns announced;
    private long nextBatch;

    // written by the reader between two steps of accountVersion
    private volatile int accountVersion;
    private final long startRow;
    private long nextRow;
    private long processed;
    private long overrun;

    private long nextMarked;
    private long lost;
    private long markedLost;

    /** Starts with what is published from now on. */
    Cursor(BatchRing<B> ring, Runnable waker) {
        this.ring = ring;
        this.waker = waker;
        long batch;
        long row;
        long marked;
        do {
            batch = ring.published();
            row = ring.rowsBefore(batch);
            marked = ring.markedBefore(batch);
        } while (row < 0 || marked < 0);
        nextBatch = batch;
        startRow = row;
        nextRow = row;
        nextMarked = marked;
        ring.add(this);
    }

    /** Goes on where another one left off. */
    Cursor(BatchRing<B> ring, Runnable waker, Place place) {
        this.ring = ring;
        this.waker = waker;
        nextBatch = place.batch();
        nextRow = place.row();
        nextMarked = place.marked();
        startRow = place.startRow();
        processed = place.processed();
        overrun = place.overrun();
        ring.add(this);
    }

    Place place() {
        return new Place(nextBatch, nextRow, nextMarked, startRow, processed, overrun);
    }

    /**
     * The oldest batch that is still there and was not read yet, or null. It stays unchanged until {@link #done}, which
     * must be called for it.
     */
    B next() {
        while (true) {
            long published = ring.published();
            long wanted = nextBatch;
            if (wanted >= published) {
                return null;
            }
            if (published - wanted <= ring.size()) {
                B batch = ring.slotOf(wanted);
                announced = batch;
                // the second look, after the announcement: the writer has not taken this batch out of the ring, or it
                // sees the announcement. It may have been published again as a later one meanwhile: then there is a
                // loss
                if (ring.slotOf(wanted) == batch) {
                    enter(batch);
                    return batch;
                }
                ANNOUNCED.setRelease(this, null);
            }
            // lapped; to the oldest batch would be to be lapped again at once
            long ahead = ring.published() - ring.size() + ring.size() / 4;
            NEXT_BATCH.setOpaque(this, Math.max(wanted + 1, ahead));
        }
    }

    private void enter(B batch) {
        // a place ahead of the batch is nothing that was lost: it stays, and is a difference in the account
        lost = Math.max(0, batch.firstSequence - nextRow);
        markedLost = Math.max(0, batch.markedBefore - nextMarked);
        if (lost != 0) {
            beginAccount();
            overrun += lost;
            nextRow = batch.firstSequence;
            endAccount();
        }
        nextMarked = batch.markedBefore;
    }

    /** Rows missed right before the batch that {@link #next} gave. */
    long lost() {
        return lost;
    }

    /** Marked rows among them. */
    long markedLost() {
        return markedLost;
    }

    /** The batch may be refilled from now on. */
    void done(B batch) {
        beginAccount();
        processed += batch.size;
        nextRow += batch.size;
        endAccount();
        nextMarked += batch.marked();
        NEXT_BATCH.setOpaque(this, batch.batchSequence + 1);
        ANNOUNCED.setRelease(this, null);
    }

    private void beginAccount() {
        ACCOUNT_VERSION.setOpaque(this, accountVersion + 1);
        VarHandle.storeStoreFence();
    }

    private void endAccount() {
        ACCOUNT_VERSION.setRelease(this, accountVersion + 1);
    }

    /** Any thread. */
    Ledger.Subscriber account(String name) {
        while (true) {
            int before = accountVersion;
            long row = nextRow;
            long done = processed;
            long missed = overrun;
            VarHandle.loadLoadFence();
            if ((before & 1) == 0 && before == accountVersion) {
                // a batch can be read a moment before it is counted as published
                long delivered = Math.max(ring.rows(), row);
                return new Ledger.Subscriber(name, delivered - startRow, done, missed, delivered - row);
            }
            Thread.onSpinWait();
        }
    }

    /** Sequence of the row that is read next. */
    long nextRow() {
        return nextRow;
    }

    boolean hasNext() {
        return nextBatch < ring.published();
    }

    /** Batch that is read next. Any thread. */
    long position() {
        return (long) NEXT_BATCH.getOpaque(this);
    }

    Columns announced() {
        return announced;
    }

    void wake() {
        waker.run();
    }

    /** Leaves the ring; an announced batch is given up. On the reader's thread, or when that has ended. */
    void close() {
        announced = null;
        ring.remove(this);
    }
}
