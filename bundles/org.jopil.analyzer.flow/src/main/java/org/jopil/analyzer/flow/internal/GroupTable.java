// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.Arrays;

/** Sums by a key of two longs. */
final class GroupTable {
    /** Group + 1, 0 = free; at most half full. */
    private int[] index = new int[64];

    private long[] high = new long[32];
    private long[] low = new long[32];
    private int[] sample = new int[32];
    private long[] counts = new long[32];
    private long[] packets = new long[32];
    private long[] bytes = new long[32];
    private int size;

    void add(long keyHigh, long keyLow, int row, long morePackets, long moreBytes) {
        int group = find(keyHigh, keyLow);
        if (group < 0) {
            if (2 * (size + 1) > index.length) {
                grow();
            }
            group = size++;
            high[group] = keyHigh;
            low[group] = keyLow;
            sample[group] = row;
            place(group);
        }
        counts[group]++;
        packets[group] += morePackets;
        bytes[group] += moreBytes;
    }

    private int find(long keyHigh, long keyLow) {
        int mask = index.length - 1;
        for (int at = home(keyHigh, keyLow) & mask; index[at] != 0; at = at + 1 & mask) {
            int group = index[at] - 1;
            if (high[group] == keyHigh && low[group] == keyLow) {
                return group;
            }
        }
        return -1;
    }

    private static int home(long keyHigh, long keyLow) {
        long h = (keyHigh * 0x9E37_79B9_7F4A_7C15L ^ keyLow) * 0xBF58_476D_1CE4_E5B9L;
        return (int) (h >>> 32);
    }

    private void place(int group) {
        int mask = index.length - 1;
        int at = home(high[group], low[group]) & mask;
        while (index[at] != 0) {
            at = at + 1 & mask;
        }
        index[at] = group + 1;
    }

    private void grow() {
        index = new int[2 * index.length];
        int to = index.length / 2;
        high = Arrays.copyOf(high, to);
        low = Arrays.copyOf(low, to);
        sample = Arrays.copyOf(sample, to);
        counts = Arrays.copyOf(counts, to);
        packets = Arrays.copyOf(packets, to);
        bytes = Arrays.copyOf(bytes, to);
        for (int group = 0; group < size; group++) {
            place(group);
        }
    }

    int size() {
        return size;
    }

    /** A row of the group. */
    int sample(int group) {
        return sample[group];
    }

    long count(int group) {
        return counts[group];
    }

    long packets(int group) {
        return packets[group];
    }

    long bytes(int group) {
        return bytes[group];
    }
}
