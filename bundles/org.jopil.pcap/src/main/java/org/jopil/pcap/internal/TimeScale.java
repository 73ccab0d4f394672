// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap.internal;

/**
 * An interface's unit of time: if_tsresol and if_tsoffset.
 *
 * @param resolution bit 7: a negative power of 2, else of 10; bits 0 to 6: the exponent
 * @param offsetSeconds added to every time
 */
record TimeScale(int resolution, long offsetSeconds) {
    static final TimeScale MICROSECONDS = new TimeScale(6, 0);

    private static final int BINARY = 0x80;
    private static final long SECOND_NS = 1_000_000_000;
    private static final int NANO_EXPONENT = 9;

    /** The largest exponents whose times this class can tell to the ns. */
    private static final int MAX_DECIMAL = 27;

    private static final int MAX_BINARY = 63;

    boolean supported() {
        return exponent() <= (binary() ? MAX_BINARY : MAX_DECIMAL);
    }

    /**
     * Time in ns since the epoch, rounded down.
     *
     * @param units as in the file, unsigned
     * @throws ArithmeticException beyond the years that 64 bits of ns can tell
     */
    long ns(long units) {
        long offsetNs = Math.multiplyExact(offsetSeconds, SECOND_NS);
        return Math.addExact(binary() ? fromBinary(units) : fromDecimal(units), offsetNs);
    }

    private boolean binary() {
        return (resolution & BINARY) != 0;
    }

    private int exponent() {
        return resolution & ~BINARY;
    }

    private long fromDecimal(long units) {
        int more = NANO_EXPONENT - exponent();
        if (more < 0) {
            return Long.divideUnsigned(units, power(-more));
        }
        if (units < 0) {
            throw new ArithmeticException("time beyond 64 bits of ns");
        }
        return Math.multiplyExact(units, power(more));
    }

    private long fromBinary(long units) {
        int bits = exponent();
        long seconds = units >>> bits;
        long fraction = bits == 0 ? 0 : units & -1L >>> Long.SIZE - bits;
        long high = Math.multiplyHigh(fraction, SECOND_NS);
        long low = fraction * SECOND_NS;
        long ns = bits == 0 ? 0 : high << Long.SIZE - bits | low >>> bits;
        if (seconds < 0) {
            throw new ArithmeticException("time beyond 64 bits of ns");
        }
        return Math.addExact(Math.multiplyExact(seconds, SECOND_NS), ns);
    }

    private static long power(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }
}
