// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap.internal;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.ZipException;
import org.jopil.pcap.CaptureException;
import org.jopil.pcap.CaptureException.Kind;

/**
 * A stream read piece by piece into one buffer, with the offset of each piece for errors. The buffer grows with the
 * bytes that came, never with a length that a file claims.
 */
final class BlockInput implements Closeable {
    private static final int FIRST_BYTES = 64 << 10;

    private final InputStream in;
    private final String name;
    private final int maxBytes;
    private byte[] buffer = new byte[FIRST_BYTES];
    private ByteBuffer fields = ByteBuffer.wrap(buffer);
    private long end;
    private long start;

    /** Takes the stream: closed with this. */
    BlockInput(InputStream in, String name, int maxBytes) {
        this.in = in;
        this.name = name;
        this.maxBytes = maxBytes;
    }

    void order(ByteOrder order) {
        fields.order(order);
    }

    ByteOrder order() {
        return fields.order();
    }

    /** The bytes of the last piece, from index 0 on. */
    byte[] buffer() {
        return buffer;
    }

    int maxBytes() {
        return maxBytes;
    }

    /** Offset of the last piece in the file. */
    long start() {
        return start;
    }

    int int32(int index) {
        return fields.getInt(index);
    }

    long uint32(int index) {
        return Integer.toUnsignedLong(fields.getInt(index));
    }

    int uint16(int index) {
        return Short.toUnsignedInt(fields.getShort(index));
    }

    long int64(int index) {
        return fields.getLong(index);
    }

    /** Reads a piece whose length was checked against {@link #maxBytes()}. */
    void read(int bytes, String what) throws IOException {
        if (!readOrEnd(bytes, what) && bytes > 0) {
            throw truncated(bytes, what, 0);
        }
    }

    /**
     * Reads a piece.
     *
     * @return false if the file ends before its first byte
     */
    boolean readOrEnd(int bytes, String what) throws IOException {
        start = end;
        int have = 0;
        while (have < bytes) {
            if (have == buffer.length) {
                grow(bytes);
            }
            int got = some(have, Math.min(bytes, buffer.length) - have, what);
            if (got < 0) {
                if (have == 0) {
                    return false;
                }
                throw truncated(bytes, what, have);
            }
            have += got;
            end += got;
        }
        return true;
    }

    /** Steps over bytes without keeping them, so any length is fine. */
    void skip(long bytes, String what) throws IOException {
        start = end;
        for (long left = bytes; left > 0; ) {
            int got = some(0, (int) Math.min(left, buffer.length), what);
            if (got < 0) {
                throw truncated(bytes, what, bytes - left);
            }
            left -= got;
            end += got;
        }
    }

    CaptureException error(Kind kind, long offset, String expected, Object found) {
        return new CaptureException(kind, name, offset, expected, String.valueOf(found));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private int some(int at, int bytes, String what) throws IOException {
        try {
            return in.read(buffer, at, bytes);
        } catch (EOFException e) {
            throw error(Kind.TRUNCATED, end, what, "the end of the gzip stream");
        } catch (ZipException e) {
            throw error(Kind.CORRUPT, end, what, "a damaged gzip stream (" + e.getMessage() + ")");
        }
    }

    private void grow(int bytes) {
        ByteOrder order = fields.order();
        buffer = Arrays.copyOf(buffer, (int) Math.min(bytes, 2L * buffer.length));
        fields = ByteBuffer.wrap(buffer).order(order);
    }

    private CaptureException truncated(long bytes, String what, long have) {
        return error(Kind.TRUNCATED, start, what + " of " + bytes + " bytes", have + " bytes and the end of the file");
    }
}
