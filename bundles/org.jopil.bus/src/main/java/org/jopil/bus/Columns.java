// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

/**
 * What a batch is to the bus. The bus owns a batch until {@code columns()} hands it to the writer, and again from
 * {@code publish()} on.
 */
public abstract sealed class Columns permits PacketColumns, FlowColumns, DropColumns, JourneyColumns, PayloadColumns {
    /** Most rows of a batch. */
    public static final int CAPACITY = 1024;

    /** Rows that are written; set by the writer. */
    public int size;

    /** Sequence of row 0; set by the bus when it publishes. */
    public long firstSequence;

    /** Place in the ring; set by the bus when it publishes. */
    public long batchSequence = -1;

    /** Marked rows (closed flow records) of the stream before row 0; set by the bus when it publishes. */
    public long markedBefore;

    Columns() {}

    /** Rows that subscribers want to have counted apart when they miss them. */
    public abstract int marked();
}
