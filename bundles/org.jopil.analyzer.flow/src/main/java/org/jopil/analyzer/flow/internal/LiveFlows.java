// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

/**
 * The flows that go on: dense records, and an open-addressing index over them (linear probing, at most half full,
 * deletion by shifting back). Allocates only when it grows.
 */
final class LiveFlows {
    /** Bits of an entry, and of a hash, that its place in the index does not tell. */
    private static final int TAG = 0xFE00_0000;

    private final FlowRecords records = new FlowRecords();
    private int capacity;
    private int size;
    /** Record number + 1 with the upper bits of its hash, so that few foreign records are looked at; 0 = free. */
    private int[] index = new int[256];

    LiveFlows(int capacity) {
        this.capacity = capacity;
    }

    /** What it holds at most, up to 2^24; a smaller one takes nothing away. */
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
            int entry = index[at];
            if (entry == 0) {
                return -1;
            }
            if (((entry ^ hash) & TAG) == 0 && records.hasKey(number(entry), hash, meta, aHi, aLo, bHi, bLo, ports)) {
                return number(entry);
            }
        }
    }

    /** Reads the index where {@link #find} begins. */
    int touchIndex(int hash) {
        return index[hash & index.length - 1];
    }

    /** Reads the record that {@link #find} looks at first. */
    long touchRecord(int hash) {
        int mask = index.length - 1;
        for (int at = hash & mask; index[at] != 0; at = at + 1 & mask) {
            if (((index[at] ^ hash) & TAG) == 0) {
                return records.touch(number(index[at]));
            }
        }
        return 0;
    }

    private static int number(int entry) {
        return (entry & ~TAG) - 1;
    }

    private int entry(int i) {
        return records.hash(i) & TAG | i + 1;
    }

    /** A new record with that key and nothing counted. It must not be there yet, and there must be room. */
    int insert(int hash, long meta, long aHi, long aLo, long bHi, long bLo, int ports) {
        if (2 * (size + 1) > index.length) {
            rebuild(2 * index.length);
        }
        int i = size++;
        records.ensure(size);
        records.open(i, hash, meta, aHi, aLo, bHi, bLo, ports);
        place(i);
        return i;
    }

    private void place(int i) {
        int mask = index.length - 1;
        int at = records.hash(i) & mask;
        while (index[at] != 0) {
            at = at + 1 & mask;
        }
        index[at] = entry(i);
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
            int at = indexOf(last);
            records.copy(records, last, i);
            index[at] = entry(i);
        }
    }

    private int indexOf(int i) {
        int mask = index.length - 1;
        int at = records.hash(i) & mask;
        while (number(index[at]) != i) {
            at = at + 1 & mask;
        }
        return at;
    }

    private void unplace(int i) {
        int mask = index.length - 1;
        int hole = indexOf(i);
        for (int at = hole + 1 & mask; index[at] != 0; at = at + 1 & mask) {
            int home = records.hash(number(index[at])) & mask;
            // what lies after the hole may move into it, unless its home is between the two
            if ((at - home & mask) >= (at - hole & mask)) {
                index[hole] = index[at];
                hole = at;
            }
        }
        index[hole] = 0;
    }
}
