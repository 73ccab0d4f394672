// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** The Internet checksum (RFC 1071), and what Wireshark calls its status. */
final class Checksums {
    static final long BAD = 0;
    static final long GOOD = 1;
    static final long UNVERIFIED = 2;
    static final long NOT_PRESENT = 3;

    private Checksums() {}

    /** Sum of the 16-bit words, not folded; a last odd byte counts as the upper half of one. */
    static long sum(Bytes bytes, int at, int count) {
        long sum = 0;
        int i = at;
        for (; i + 1 < at + count; i += 2) {
            sum += bytes.u16(i);
        }
        if (i < at + count) {
            sum += (long) bytes.u8(i) << 8;
        }
        return sum;
    }

    /** Of a sum that has the checksum in it. */
    static long status(long sum) {
        long folded = sum;
        while (folded > 0xFFFF) {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }
        return folded == 0xFFFF ? GOOD : BAD;
    }
}
