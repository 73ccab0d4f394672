// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The newest files of a capture: {@code dir/name.000001.pcapng}, {@code dir/name.000002.pcapng} and so on. A file gets
 * its name when it is whole; while it is written it has {@code .part} behind it. The one that is written counts, so
 * there are never more than {@code files × fileBytes} on the disk.
 */
public final class CaptureRing implements CaptureOutput {
    /** Smallest file: one that the largest packet fits in. */
    public static final long MIN_FILE_BYTES = 1 << 20;

    private static final String SUFFIX = ".pcapng";
    private static final String PART = ".part";

    private final Path directory;
    private final String stem;
    private final int files;
    private final long fileBytes;
    private final CaptureProducer producer;
    private final CaptureStatistics.Source statistics;
    private final List<CaptureInterface> interfaces = new ArrayList<>();
    private final Deque<Path> whole = new ArrayDeque<>();
    private int number;
    private Path part;
    private CaptureWriter writer;
    private long earlierPackets;
    private long earlierBytes;

    /**
     * Starts the first file.
     *
     * @param file names directory and stem; a suffix {@code .pcapng} is moved behind the number
     * @param files kept at most, at least 1
     * @param fileBytes of one file at most, at least {@link #MIN_FILE_BYTES}
     */
    public CaptureRing(
            Path file, int files, long fileBytes, CaptureProducer producer, CaptureStatistics.Source statistics)
            throws IOException {
        if (files < 1 || fileBytes < MIN_FILE_BYTES) {
            throw new IllegalArgumentException("a ring has at least 1 file of " + MIN_FILE_BYTES + " bytes");
        }
        String name = file.getFileName().toString();
        this.directory = file.toAbsolutePath().getParent();
        this.stem = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
        this.files = files;
        this.fileBytes = fileBytes;
        this.producer = producer;
        this.statistics = statistics;
        open();
    }

    @Override
    public int addInterface(CaptureInterface added) throws IOException {
        int id = writer.addInterface(added);
        interfaces.add(added);
        return id;
    }

    @Override
    public void write(
            int interfaceId,
            long timestampNs,
            byte[] data,
            int from,
            int capturedBytes,
            int lengthBytes,
            PacketOptions options)
            throws IOException {
        long needed = CaptureWriter.packetBytes(capturedBytes, options) + writer.statisticsBytes();
        if (writer.hasPackets() && writer.sizeBytes() + needed > fileBytes) {
            finish();
            open();
        }
        writer.write(interfaceId, timestampNs, data, from, capturedBytes, lengthBytes, options);
    }

    @Override
    public void statistics() throws IOException {
        writer.statistics();
    }

    @Override
    public void flush() throws IOException {
        writer.flush();
    }

    @Override
    public long writtenPackets() {
        return earlierPackets + writer.writtenPackets();
    }

    @Override
    public long writtenBytes() {
        return earlierBytes + writer.writtenBytes();
    }

    /** Whole files that are kept, the oldest first. */
    public List<Path> wholeFiles() {
        return List.copyOf(whole);
    }

    @Override
    public void close() throws IOException {
        if (part != null) {
            finish();
        }
    }

    private void open() throws IOException {
        while (whole.size() >= files) {
            Files.deleteIfExists(whole.removeFirst());
        }
        number++;
        Path next = directory.resolve("%s.%06d%s%s".formatted(stem, number, SUFFIX, PART));
        CaptureWriter opened = new CaptureWriter(new WholeFile(next), producer, CaptureWriter.Flush.BUFFER, statistics);
        if (writer != null) {
            earlierPackets += writer.writtenPackets();
            earlierBytes += writer.writtenBytes();
        }
        writer = opened;
        part = next;
        for (CaptureInterface each : interfaces) {
            writer.addInterface(each);
        }
    }

    private void finish() throws IOException {
        Path done = part;
        part = null;
        try {
            writer.close();
        } finally {
            String name = done.getFileName().toString();
            Path target = done.resolveSibling(name.substring(0, name.length() - PART.length()));
            Files.move(done, target, StandardCopyOption.ATOMIC_MOVE);
            whole.addLast(target);
        }
    }
}
