// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.bus.Columns;

/**
 * A batch as one subscriber sees it: the shared columns and its own loss. Empty between two batches.
 *
 * @param <C> the stream's kind of batch
 */
abstract class BatchView<C extends Columns> {
    private int size;
    private long firstSequence;
    private long lostBefore;
    private long markedLostBefore;

    /** Takes the columns of a batch, or null; each view keeps them by their own type, so that no value costs a cast. */
    abstract void columns(C batch);

    /** Calls the analyzer with this view. */
    abstract void deliver() throws Exception;

    final void open(C batch, long lost, long markedLost) {
        columns(batch);
        size = batch.size;
        firstSequence = batch.firstSequence;
        lostBefore = lost;
        markedLostBefore = markedLost;
    }

    /** An empty batch. */
    final void tick(long nextSequence) {
        firstSequence = nextSequence;
    }

    /** Columns given back to the bus cannot be read through a view that an analyzer kept. */
    final void close() {
        columns(null);
        size = 0;
        lostBefore = 0;
        markedLostBefore = 0;
    }

    public final int size() {
        return size;
    }

    public final long firstSequence() {
        return firstSequence;
    }

    public final long lostBefore() {
        return lostBefore;
    }

    final long markedLostBefore() {
        return markedLostBefore;
    }
}
