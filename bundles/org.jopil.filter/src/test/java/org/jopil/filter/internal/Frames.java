// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

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
import org.jopil.api.filter.LinkType;

/**
 * Frames of capture files. Of Linux cooked captures the cooked header is cut off: what is left starts at the IP header.
 *
 * @param file they came from
 * @param all in the order of the file; one that was cut short has fewer bytes than its length
 */
record Frames(Path file, LinkType linkType, List<Frame> all) {
    private static final int HEADER_BYTES = 24;
    private static final int RECORD_BYTES = 16;
    private static final int COOKED_BYTES = 16;
    private static final int LONGEST = 262_144;

    record Frame(byte[] data, int length) {}

    /** All captures of a folder of a link type that we know. */
    static List<Frames> of(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(f -> f.toString().matches(".*\\.pcap(\\.gz)?"))
                    .sorted()
                    .toList();
        }
        List<Frames> captures = new ArrayList<>();
        for (Path file : files) {
            Frames frames = read(file);
            if (!frames.all.isEmpty()) {
                captures.add(frames);
            }
        }
        return captures;
    }

    /** None if the file is no pcap file or of another link type. */
    private static Frames read(Path file) throws IOException {
        List<Frame> frames = new ArrayList<>();
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            ByteBuffer header = ByteBuffer.wrap(in.readNBytes(HEADER_BYTES));
            if (header.capacity() < HEADER_BYTES) {
                return new Frames(file, LinkType.ETHERNET, frames);
            }
            int magic = header.getInt(0);
            boolean little = magic == 0xD4C3B2A1 || magic == 0x4D3CB2A1;
            if (!little && magic != 0xA1B2C3D4 && magic != 0xA1B23C4D) {
                return new Frames(file, LinkType.ETHERNET, frames);
            }
            ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
            int link = header.order(order).getInt(20);
            int cut =
                    switch (link) {
                        case 1, 12, 101 -> 0;
                        case 113 -> COOKED_BYTES;
                        default -> -1;
                    };
            LinkType linkType = link == 1 ? LinkType.ETHERNET : LinkType.RAW_IP;
            byte[] record = in.readNBytes(RECORD_BYTES);
            while (cut >= 0 && record.length == RECORD_BYTES) {
                ByteBuffer fields = ByteBuffer.wrap(record).order(order);
                int captured = fields.getInt(8);
                int length = fields.getInt(12);
                if (captured < cut || captured > LONGEST || length < captured) {
                    break;
                }
                in.skipNBytes(cut);
                byte[] data = in.readNBytes(captured - cut);
                if (data.length < captured - cut) {
                    break;
                }
                frames.add(new Frame(data, length - cut));
                record = in.readNBytes(RECORD_BYTES);
            }
            return new Frames(file, linkType, frames);
        }
    }
}
