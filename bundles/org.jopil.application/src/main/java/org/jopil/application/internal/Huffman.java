// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/** HPACK's code (RFC 7541 appendix B). It is canonical, so the lengths of the codes are all there is to know. */
final class Huffman {
    private static final int END_OF_STRING = 256;
    private static final int LONGEST = 30;

    /** Bits of the code of each byte, and of the end of the string. */
    private static final byte[] LENGTHS = {
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
        7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
        23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
        21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30
    };

    /** By length: the first code, and where its symbol is in {@link #SYMBOLS}. */
    private static final int[] FIRST_CODES = new int[LONGEST + 2];

    private static final int[] FIRST_SYMBOLS = new int[LONGEST + 2];
    private static final short[] SYMBOLS = new short[LENGTHS.length];

    static {
        int code = 0;
        int count = 0;
        for (int length = 1; length <= LONGEST; length++) {
            code <<= 1;
            FIRST_CODES[length] = code;
            FIRST_SYMBOLS[length] = count;
            for (int symbol = 0; symbol < LENGTHS.length; symbol++) {
                if (LENGTHS[symbol] == length) {
                    SYMBOLS[count++] = (short) symbol;
                    code++;
                }
            }
        }
        FIRST_SYMBOLS[LONGEST + 1] = count;
    }

    private Huffman() {}

    /** Null if it is no such code, or is not padded as section 5.2 wants it. */
    static Bytes decode(Bytes bytes) {
        byte[] plain = new byte[bytes.length() * 8 / 5];
        int count = 0;
        int code = 0;
        int length = 0;
        for (int bit = 0; bit < bytes.length() * 8; bit++) {
            code = code << 1 | bytes.u8(bit >> 3) >> (7 - (bit & 7)) & 1;
            length++;
            int index = code - FIRST_CODES[length];
            if (index < FIRST_SYMBOLS[length + 1] - FIRST_SYMBOLS[length]) {
                int symbol = SYMBOLS[FIRST_SYMBOLS[length] + index];
                if (symbol == END_OF_STRING) {
                    return null;
                }
                plain[count++] = (byte) symbol;
                code = 0;
                length = 0;
            }
        }
        boolean padded = length < 8 && code == (1 << length) - 1;
        return padded ? new Bytes().set(plain, 0, count) : null;
    }
}
