// SPDX-License-Identifier: Apache-2.0
package com.example.toptalkers;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Bytes by address: open addressing over primitive arrays, a bounded number of hosts, no object a host. */
final class HostTable {
    private final int most;
    private final long[] high;
    private final long[] low;
    private final long[] bytes;
    private final boolean[] used;
    private int size;

    HostTable(int most) {
        this.most = most;
        int slots = Integer.highestOneBit(Math.max(4, most)) * 4;
        high = new long[slots];
        low = new long[slots];
        bytes = new long[slots];
        used = new boolean[slots];
    }

    /** False if the table is full, and the host not in it. */
    boolean add(long hi, long lo, long more) {
        int mask = used.length - 1;
        long hash = (hi * 0x9E37_79B9_7F4A_7C15L ^ lo) * 0xBF58_476D_1CE4_E5B9L;
        int at = (int) (hash >>> 32) & mask;
        while (used[at]) {
            if (high[at] == hi && low[at] == lo) {
                bytes[at] += more;
                return true;
            }
            at = at + 1 & mask;
        }
        if (size == most) {
            return false;
        }
        used[at] = true;
        high[at] = hi;
        low[at] = lo;
        bytes[at] = more;
        size++;
        return true;
    }

    /** Gets one host. */
    interface Visitor {
        void host(long hi, long lo, long bytes);
    }

    void forEach(Visitor visitor) {
        for (int at = 0; at < used.length; at++) {
            if (used[at]) {
                visitor.host(high[at], low[at], bytes[at]);
            }
        }
    }

    void write(DataOutput out) throws IOException {
        out.writeInt(size);
        for (int at = 0; at < used.length; at++) {
            if (used[at]) {
                out.writeLong(high[at]);
                out.writeLong(low[at]);
                out.writeLong(bytes[at]);
            }
        }
    }

    /** Returns how many hosts found no place: the table may have become smaller. */
    int read(DataInput in) throws IOException {
        int refused = 0;
        for (int left = in.readInt(); left > 0; left--) {
            if (!add(in.readLong(), in.readLong(), in.readLong())) {
                refused++;
            }
        }
        return refused;
    }
}
