// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import java.io.IOException;

/** A capture file that cannot be read on. All whole packets before the offset were delivered. */
public final class CaptureException extends IOException {
    private static final long serialVersionUID = 1;

    /** What is wrong. */
    public enum Kind {
        /** The file ends inside something. */
        TRUNCATED,
        /** A value that the format forbids. */
        CORRUPT,
        /** A length beyond the reader's limit. */
        TOO_LARGE,
        /** A valid value that this reader does not know. */
        UNSUPPORTED
    }

    private final Kind kind;
    private final long offset;
    private final String expected;

    /**
     * @param kind what is wrong
     * @param file name of the file
     * @param offset in the file in bytes (after unpacking, where it is in gzip) of what was being read
     * @param expected what should have been there
     * @param found what was there instead
     */
    public CaptureException(Kind kind, String file, long offset, String expected, String found) {
        super(file + ": byte " + offset + ": expected " + expected + ", found " + found);
        this.kind = kind;
        this.offset = offset;
        this.expected = expected;
    }

    public Kind kind() {
        return kind;
    }

    /** Where in the file what was being read starts, in bytes, after unpacking. */
    public long offset() {
        return offset;
    }

    /** What should have been there. */
    public String expected() {
        return expected;
    }
}
