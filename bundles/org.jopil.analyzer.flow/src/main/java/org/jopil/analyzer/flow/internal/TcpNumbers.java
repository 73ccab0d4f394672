// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.Arrays;

/**
 * How a TCP connection did, by the ends of {@link FlowKeys}; what an end sent is its own. The analyzer's thread.
 */
final class TcpNumbers {
    static final long UNKNOWN = -1;

    /** What was counted of either end. */
    enum Measure {
        /** Segments that it sent again. */
        RETRANSMITTED,
        /** Its segments that came ahead of, or behind, their place. */
        OUT_OF_ORDER,
        /** Its segments whose data the other end had already. */
        DUPLICATES,
        /** Times that it closed its receive window. */
        ZERO_WINDOWS,
        /** Resets that it sent. */
        RESETS,
        /** Bits by which its window is shifted. */
        WINDOW_SCALE
    }

    private static final int MEASURES = Measure.values().length;

    static final String KERNEL = "kernel";
    static final String SEGMENTS = "segments";

    /** Who told: {@link #KERNEL} or {@link #SEGMENTS}. */
    final String source;

    private long handshakeNs = UNKNOWN;
    private final long[] values = new long[2 * MEASURES];

    TcpNumbers(String source) {
        this.source = source;
        Arrays.fill(values, UNKNOWN);
    }

    /** The same, on its own from now on. */
    TcpNumbers copy() {
        TcpNumbers copy = new TcpNumbers(source);
        copy.handshakeNs = handshakeNs;
        System.arraycopy(values, 0, copy.values, 0, values.length);
        return copy;
    }

    boolean isKernel() {
        return source.equals(KERNEL);
    }

    long handshakeNs() {
        return handshakeNs;
    }

    void handshakeNs(long ns) {
        handshakeNs = ns;
    }

    /** {@link #UNKNOWN} if it was not measured. */
    long of(Measure measure, int end) {
        return values[2 * measure.ordinal() + end];
    }

    void set(Measure measure, int end, long value) {
        values[2 * measure.ordinal() + end] = value;
    }
}
