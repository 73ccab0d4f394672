// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.Arrays;

/** The first bytes of one direction, put together from pieces that may overlap, be missing or come late. */
final class Stream {
    /** Of a direction that is kept at most. */
    static final int MOST_BYTES = 8192;

    private static final int MOST_GAPS = 4;

    private byte[] data = new byte[0];
    /** Bytes without a gap from the start. */
    private int length;
    /** Pieces behind a gap: starts and ends. */
    private final int[] starts = new int[MOST_GAPS];

    private final int[] ends = new int[MOST_GAPS];
    private int pieces;

    /** What lies beyond {@link #MOST_BYTES}, and a piece behind one gap too many, is left out. */
    void put(long offset, Bytes bytes, int at, int count) {
        int skipped = (int) Math.min(count, Math.max(0, length - offset));
        long start = offset + skipped;
        int end = (int) Math.min(MOST_BYTES, offset + count);
        if (start < 0 || start >= end) {
            return;
        }
        if (start > length && pieces == MOST_GAPS) {
            return;
        }
        if (end > data.length) {
            data = Arrays.copyOf(data, end);
        }
        bytes.copyTo(at + skipped, data, (int) start, end - (int) start);
        if (start > length) {
            starts[pieces] = (int) start;
            ends[pieces++] = end;
            return;
        }
        length = Math.max(length, end);
        close();
    }

    private void close() {
        for (int i = 0; i < pieces; i++) {
            if (starts[i] <= length) {
                length = Math.max(length, ends[i]);
                pieces--;
                starts[i] = starts[pieces];
                ends[i] = ends[pieces];
                i = -1;
            }
        }
    }

    /** Makes room for {@code count} bytes that turned out to lie before the start. */
    void shift(int count) {
        byte[] shifted = new byte[Math.min(MOST_BYTES, data.length + count)];
        if (count < shifted.length) {
            System.arraycopy(data, 0, shifted, count, shifted.length - count);
        }
        int kept = 0;
        int before = pieces;
        for (int i = 0; i < before; i++) {
            if (starts[i] + count < shifted.length) {
                starts[kept] = starts[i] + count;
                ends[kept++] = Math.min(shifted.length, ends[i] + count);
            }
        }
        pieces = kept;
        if (length > 0 && count < shifted.length && pieces < MOST_GAPS) {
            starts[pieces] = count;
            ends[pieces++] = Math.min(shifted.length, length + count);
        }
        data = shifted;
        length = 0;
    }

    Bytes view(Bytes into) {
        return into.set(data, 0, length);
    }
}
