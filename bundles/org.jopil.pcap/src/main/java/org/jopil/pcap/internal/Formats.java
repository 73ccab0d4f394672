// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap.internal;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jopil.pcap.CaptureException;
import org.jopil.pcap.CaptureReader;

/** Tells the format by the first four bytes. */
public final class Formats {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int GZIP = 0x1F8B;

    private Formats() {}

    /** {@link CaptureReader#open(InputStream, String, int)}. */
    public static CaptureReader open(InputStream in, String name, int maxBlockBytes) throws IOException {
        InputStream owned = in;
        try {
            owned = unpacked(new BufferedInputStream(in, BUFFER_BYTES), name);
            BlockInput input = new BlockInput(owned, name, maxBlockBytes);
            input.read(Integer.BYTES, "the first four bytes of a pcap or pcapng file");
            int magic = input.int32(0);
            if (magic == PcapngReader.SECTION_HEADER) {
                return new PcapngReader(input);
            }
            return PcapReader.open(input, magic);
        } catch (IOException | RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    private static InputStream unpacked(BufferedInputStream in, String name) throws IOException {
        in.mark(2);
        int first = in.read();
        int second = in.read();
        in.reset();
        if ((first << Byte.SIZE | second) != GZIP) {
            return in;
        }
        try {
            return new GZIPInputStream(in, BUFFER_BYTES);
        } catch (EOFException | ZipException e) {
            throw new CaptureException(
                    e instanceof EOFException ? CaptureException.Kind.TRUNCATED : CaptureException.Kind.CORRUPT,
                    name,
                    0,
                    "the header of a gzip file",
                    e instanceof EOFException ? "the end of the file" : e.getMessage());
        }
    }
}
