// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/**
 * A window of payload bytes, read in network order; offsets count from its start. Asking beyond {@link #length} is a
 * mistake of the caller: ask {@link #has} first. {@link #set} moves it, so that a flow needs none of its own.
 */
final class Bytes {
    private byte[] data;
    private int from;
    private int length;

    Bytes set(byte[] data, int from, int length) {
        this.data = data;
        this.from = from;
        this.length = Math.max(0, length);
        return this;
    }

    int length() {
        return length;
    }

    boolean has(int at, int count) {
        return at >= 0 && count >= 0 && at <= length - count;
    }

    int u8(int at) {
        if (at < 0 || at >= length) {
            throw new IndexOutOfBoundsException(at);
        }
        return data[from + at] & 0xFF;
    }

    int u16(int at) {
        return u8(at) << 8 | u8(at + 1);
    }

    int u24(int at) {
        return u8(at) << 16 | u16(at + 1);
    }

    int i32(int at) {
        return u16(at) << 16 | u16(at + 2);
    }

    long u32(int at) {
        return i32(at) & 0xFFFF_FFFFL;
    }

    long u64(int at) {
        return u32(at) << 32 | u32(at + 4);
    }

    /** A window of its own into the same array; its end is cut to what is here. */
    Bytes slice(int at, int count) {
        int start = Math.min(Math.max(0, at), length);
        return new Bytes().set(data, from + start, Math.min(Math.max(0, count), length - start));
    }

    byte[] copy(int at, int count) {
        byte[] copy = new byte[count];
        copyTo(at, copy, 0, count);
        return copy;
    }

    void copyTo(int at, byte[] target, int targetAt, int count) {
        if (!has(at, count)) {
            throw new IndexOutOfBoundsException(at);
        }
        System.arraycopy(data, from + at, target, targetAt, count);
    }

    /** Whether {@code text}, of ASCII, stands at {@code at} completely. */
    boolean startsWith(int at, String text) {
        return has(at, text.length()) && agrees(at, text);
    }

    /** Whether what is here from {@code at} on is the beginning of {@code text}, or has {@code text} at its beginning. */
    boolean agrees(int at, String text) {
        int count = Math.min(text.length(), length - at);
        for (int i = 0; i < count; i++) {
            if (u8(at + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #startsWith}, with letters of either case; {@code text} is lower case. */
    boolean startsWithIgnoringCase(int at, String text) {
        if (!has(at, text.length())) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            int letter = u8(at + i);
            if ((letter >= 'A' && letter <= 'Z' ? letter + 32 : letter) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Where {@code value} first stands in [at, end), -1 if nowhere. */
    int indexOf(int value, int at, int end) {
        for (int i = at; i < Math.min(end, length); i++) {
            if (u8(i) == value) {
                return i;
            }
        }
        return -1;
    }

    /** Whether all bytes are printable ASCII, space included. */
    boolean printable(int at, int count) {
        for (int i = at; i < at + count; i++) {
            if (u8(i) < 0x20 || u8(i) > 0x7E) {
                return false;
            }
        }
        return true;
    }
}
