// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * A capture file read by itself, with the link header cut off where it is not Ethernet.
 *
 * @param file it came from
 * @param layer3 whether frames start at the IP header
 * @param frames in the order of the file
 */
public record Capture(Path file, boolean layer3, List<Frame> frames) {
    private static final int ETHERNET = 1;
    private static final int LINUX_COOKED = 113;
    private static final int LINUX_COOKED_BYTES = 16;

    /**
     * One frame.
     *
     * @param data captured bytes
     * @param length of the frame on the wire
     */
    public record Frame(byte[] data, int length) {}

    public String name() {
        return file.getFileName().toString();
    }

    /** Every capture of the collection. */
    public static Stream<Path> files() throws IOException {
        Path folder = Path.of(System.getProperty("jopil.pcaps"));
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().matches(".*\\.pcap(\\.gz)?")).sorted().toList().stream();
        }
    }

    public static Capture read(Path file) throws IOException {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            ByteBuffer header = ByteBuffer.wrap(in.readNBytes(24));
            int magic = header.getInt(0);
            boolean little = magic == 0xD4C3B2A1 || magic == 0x4D3CB2A1;
            if (!little && magic != 0xA1B2C3D4 && magic != 0xA1B23C4D) {
                throw new IOException(file + " is no pcap file");
            }
            ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            int link = header.order(order).getInt(20);
            if (link != ETHERNET && link != LINUX_COOKED) {
                throw new IOException(file + " has link type " + link);
            }
            int cut = link == LINUX_COOKED ? LINUX_COOKED_BYTES : 0;
            List<Frame> frames = new ArrayList<>();
            for (byte[] record = in.readNBytes(16); record.length == 16; record = in.readNBytes(16)) {
                ByteBuffer fields = ByteBuffer.wrap(record).order(order);
                in.skipNBytes(cut);
                byte[] data = in.readNBytes(fields.getInt(8) - cut);
                frames.add(new Frame(data, fields.getInt(12) - cut));
            }
            return new Capture(file, link == LINUX_COOKED, frames);
        }
    }
}
