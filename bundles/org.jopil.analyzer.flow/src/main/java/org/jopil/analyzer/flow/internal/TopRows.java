// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.Arrays;

/** The largest of many rows by three longs each, in a bounded heap whose root is the least of them. */
final class TopRows {
    private static final int FIRST = 256;

    private final int most;
    private long[] high;
    private long[] low;
    private long[] tie;
    private int[] row;
    private int size;

    TopRows(int most) {
        this.most = most;
        int first = Math.min(most, FIRST);
        high = new long[first];
        low = new long[first];
        tie = new long[first];
        row = new int[first];
    }

    void offer(long newHigh, long newLow, long newTie, int newRow) {
        if (size < most) {
            if (size == row.length) {
                grow();
            }
            int at = size++;
            while (at > 0 && isLess(newHigh, newLow, newTie, at - 1 >> 1)) {
                move(at - 1 >> 1, at);
                at = at - 1 >> 1;
            }
            set(at, newHigh, newLow, newTie, newRow);
        } else if (size > 0 && !isLess(newHigh, newLow, newTie, 0)) {
            sink(newHigh, newLow, newTie, newRow);
        }
    }

    private void grow() {
        int to = (int) Math.min(most, 2L * row.length);
        high = Arrays.copyOf(high, to);
        low = Arrays.copyOf(low, to);
        tie = Arrays.copyOf(tie, to);
        row = Arrays.copyOf(row, to);
    }

    /** Puts a row in the root's place. */
    private void sink(long newHigh, long newLow, long newTie, int newRow) {
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && isLess(high[child + 1], low[child + 1], tie[child + 1], child)) {
                child++;
            }
            if (isLess(newHigh, newLow, newTie, child)) {
                break;
            }
            move(child, at);
            at = child;
        }
        set(at, newHigh, newLow, newTie, newRow);
    }

    private boolean isLess(long otherHigh, long otherLow, long otherTie, int than) {
        if (otherHigh != high[than]) {
            return otherHigh < high[than];
        }
        if (otherLow != low[than]) {
            return otherLow < low[than];
        }
        return otherTie < tie[than];
    }

    private void move(int from, int to) {
        set(to, high[from], low[from], tie[from], row[from]);
    }

    private void set(int at, long newHigh, long newLow, long newTie, int newRow) {
        high[at] = newHigh;
        low[at] = newLow;
        tie[at] = newTie;
        row[at] = newRow;
    }

    /** Empties it. */
    int[] bestFirst() {
        int[] order = new int[size];
        for (int k = size - 1; k >= 0; k--) {
            order[k] = row[0];
            size--;
            if (size > 0) {
                sink(high[size], low[size], tie[size], row[size]);
            }
        }
        return order;
    }
}
