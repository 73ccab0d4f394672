// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

/**
 * The flows that go on: dense columns, and an open-addressing index over them (linear probing, at most half full,
 * deletion by shifting back). Allocates only when it grows.
 */
final class LiveFlows {
    private final FlowRecords records = new FlowRecords();
    private int capacity;
    private int size;
    /** Record number + 1, 0 = free. */
    private int[] index = new int[256];

    LiveFlows(int capacity) {
        this.capacity = capacity;
    }

    /** What it holds at most: columns never grow beyond, and a smaller one takes nothing away. */
    void capacity(int wanted) {
        capacity = wanted;
    }

    boolean isFull() {
        return size >= capacity;
    }

    FlowRecords records() {
        return records;
    }

    int size() {
        return size;
    }

    int find(int hash, long meta, long aHi, long aLo, long bHi, long bLo, int ports) {
        int mask = index.length - 1;
        for (int at = hash & mask; ; at = at + 1 & mask) {
            int i = index[at] - 1;
            if (i < 0) {
                return -1;
            }
            if (records.hash[i] == hash
                    && records.ports[i] == ports
                    && records.aLo[i] == aLo
                    && records.bLo[i] == bLo
                    && records.meta[i] == meta
                    && records.aHi[i] == aHi
                    && records.bHi[i] == bHi) {
                return i;
            }
        }
    }

    /** A new record with that key and nothing counted. It must not be there yet, and there must be room. */
    int insert(int hash, long meta, long aHi, long aLo, long bHi, long bLo, int ports) {
        if (2 * (size + 1) > index.length) {
            rebuild(2 * index.length);
        }
        int i = size++;
        records.ensure(size, capacity);
        records.meta[i] = meta;
        records.aHi[i] = aHi;
        records.aLo[i] = aLo;
        records.bHi[i] = bHi;
        records.bLo[i] = bLo;
        records.ports[i] = ports;
        records.hash[i] = hash;
        records.flagsA[i] = 0;
        records.flagsB[i] = 0;
        records.openingA[i] = 0;
        records.openingB[i] = 0;
        records.staleA[i] = 0;
        records.staleB[i] = 0;
        records.opener[i] = FlowRecords.A;
        records.record[i] = 1;
        records.clearCounts(i);
        place(i);
        return i;
    }

    private void place(int i) {
        int mask = index.length - 1;
        int at = records.hash[i] & mask;
        while (index[at] != 0) {
            at = at + 1 & mask;
        }
        index[at] = i + 1;
    }

    private void rebuild(int length) {
        index = new int[length];
        for (int i = 0; i < size; i++) {
            place(i);
        }
    }

    /** Removes a record; the last one takes its number. */
    void remove(int i) {
        unplace(i);
        int last = --size;
        if (i != last) {
            index[indexOf(last)] = i + 1;
            records.copy(records, last, i);
        }
    }

    private int indexOf(int i) {
        int mask = index.length - 1;
        int at = records.hash[i] & mask;
        while (index[at] != i + 1) {
            at = at + 1 & mask;
        }
        return at;
    }

    private void unplace(int i) {
        int mask = index.length - 1;
        int hole = indexOf(i);
        for (int at = hole + 1 & mask; index[at] != 0; at = at + 1 & mask) {
            int home = records.hash[index[at] - 1] & mask;
            // what lies after the hole may move into it, unless its home is between the two
            if ((at - home & mask) >= (at - hole & mask)) {
                index[hole] = index[at];
                hole = at;
            }
        }
        index[hole] = 0;
    }
}
