// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/**
 * Header bytes, read in network order. Asking beyond {@link #length} is a mistake of the caller: ask {@link #has} first.
 *
 * @param data may be longer than what was captured
 * @param length captured bytes
 */
record Bytes(byte[] data, int length) {
    boolean has(int at, int count) {
        return at >= 0 && at + count <= length;
    }

    int u8(int at) {
        return data[at] & 0xFF;
    }

    int u16(int at) {
        return u8(at) << 8 | u8(at + 1);
    }

    long u32(int at) {
        return (long) u16(at) << 16 | u16(at + 2);
    }

    long u64(int at) {
        return u32(at) << 32 | u32(at + 4);
    }

    /** The same bytes, ending at {@code end} if they are longer. */
    Bytes until(int end) {
        return end < length ? new Bytes(data, Math.max(0, end)) : this;
    }

    /** {@code 0a:ff:01}, as Wireshark writes bytes. */
    String colons(int at, int count) {
        StringBuilder text = new StringBuilder(count * 3);
        for (int i = at; i < at + count; i++) {
            if (i > at) {
                text.append(':');
            }
            text.append(Character.forDigit(u8(i) >>> 4, 16)).append(Character.forDigit(u8(i) & 15, 16));
        }
        return text.toString();
    }
}
