// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

/**
 * Changes whose record is still to be looked up, as columns. One change after the other waits for memory twice, for its
 * place in the index and then for its record; of many together these waits overlap.
 */
final class PendingChanges {
    /** Many enough for all the cache misses that a core has under way; few enough for what they load to stay in L1. */
    static final int CAPACITY = 64;

    int size;
    final int[] hash = new int[CAPACITY];
    final long[] meta = new long[CAPACITY];
    final long[] aHi = new long[CAPACITY];
    final long[] aLo = new long[CAPACITY];
    final long[] bHi = new long[CAPACITY];
    final long[] bLo = new long[CAPACITY];
    final int[] ports = new int[CAPACITY];
    /** {@link FlowRecords#A} or {@link FlowRecords#B}. */
    final byte[] from = new byte[CAPACITY];

    final long[] packets = new long[CAPACITY];
    final long[] bytes = new long[CAPACITY];
    final long[] first = new long[CAPACITY];
    final long[] last = new long[CAPACITY];
    /** TCP flags of the first packet, 0 if it is not known. */
    final byte[] opening = new byte[CAPACITY];

    final byte[] flags = new byte[CAPACITY];
    /** The slot was there before this scan's packets. */
    final boolean[] continued = new boolean[CAPACITY];

    /** What was read ahead: kept, so that the reads are not optimised away. */
    @SuppressWarnings("UnusedVariable")
    private long touched;

    boolean isFull() {
        return size == CAPACITY;
    }

    /** Has the cache lines read that {@link LiveFlows#find} and the counting will want. */
    void touch(LiveFlows live) {
        long sum = 0;
        for (int n = 0; n < size; n++) {
            sum += live.touchIndex(hash[n]);
        }
        for (int n = 0; n < size; n++) {
            sum += live.touchRecord(hash[n]);
        }
        touched = sum;
    }
}
