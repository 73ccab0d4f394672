// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jopil.pcap.internal.BlockBuffer;

/**
 * Writes one pcapng section (draft-ietf-opsawg-pcapng): its header, interfaces as they are declared, packets in the
 * order of the calls, and at the end one statistics block for each interface. Times are in ns.
 *
 * <p>The stream gets whole blocks only, many in one call; so what a failed call did not write is a known number of
 * packets, see {@link #writtenPackets()}.
 */
public final class CaptureWriter implements CaptureOutput {
    /** When blocks are handed to the stream. */
    public enum Flush {
        /** When the buffer is full: for files. */
        BUFFER,
        /** After every packet: for a pipe whose reader looks on. */
        PACKET
    }

    private static final int BUFFER_BYTES = 256 << 10;

    private final OutputStream out;
    private final Flush flush;
    private final CaptureStatistics.Source statistics;
    private final List<CaptureInterface> interfaces = new ArrayList<>();
    private final BlockBuffer buffer = new BlockBuffer(BUFFER_BYTES);
    private long bufferedPackets;
    private long writtenPackets;
    private long writtenBytes;
    private boolean failed;
    private boolean closed;

    /**
     * Starts a file; its header goes out with the first flush.
     *
     * @param out closed by {@link #close()}
     * @param producer for the header
     * @param flush when blocks are handed to {@code out}
     * @param statistics asked by {@link #close()}
     */
    public CaptureWriter(OutputStream out, CaptureProducer producer, Flush flush, CaptureStatistics.Source statistics) {
        this.out = out;
        this.flush = flush;
        this.statistics = statistics;
        buffer.section(producer);
    }

    @Override
    public int addInterface(CaptureInterface added) throws IOException {
        buffer.interfaceBlock(added);
        interfaces.add(added);
        flushIfFull();
        return interfaces.size() - 1;
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
        if (interfaceId < 0 || interfaceId >= interfaces.size()) {
            throw new IllegalArgumentException("interface " + interfaceId + " was not added");
        }
        long time = timestampNs == CaptureReader.NO_TIME ? 0 : timestampNs;
        buffer.packet(interfaceId, time, data, from, capturedBytes, lengthBytes, options);
        bufferedPackets++;
        if (flush == Flush.PACKET) {
            flush();
        } else {
            flushIfFull();
        }
    }

    @Override
    public void flush() throws IOException {
        if (failed || buffer.size() == 0) {
            return;
        }
        failed = true;
        out.write(buffer.bytes(), 0, buffer.size());
        out.flush();
        failed = false;
        writtenPackets += bufferedPackets;
        writtenBytes += buffer.size();
        bufferedPackets = 0;
        buffer.clear();
    }

    @Override
    public void statistics() throws IOException {
        for (int id = 0; id < interfaces.size(); id++) {
            CaptureStatistics counts = statistics.of(id);
            if (counts != null) {
                buffer.statistics(id, counts);
            }
        }
        flushIfFull();
    }

    @Override
    public long writtenPackets() {
        return writtenPackets;
    }

    @Override
    public long writtenBytes() {
        return writtenBytes;
    }

    /** Bytes that the file has or will have once it is flushed, without the statistics. */
    long sizeBytes() {
        return writtenBytes + buffer.size();
    }

    /** Whether a packet was written, flushed or not. */
    boolean hasPackets() {
        return writtenPackets + bufferedPackets > 0;
    }

    /** Bytes that a packet takes at most. */
    static long packetBytes(int capturedBytes, PacketOptions options) {
        return BlockBuffer.packetBytes(capturedBytes, options);
    }

    /** Bytes that {@link #close()} adds at most. */
    long statisticsBytes() {
        return (long) interfaces.size() * BlockBuffer.STATISTICS_BYTES;
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (out) {
            flush();
            statistics();
            flush();
        }
    }

    private void flushIfFull() throws IOException {
        if (buffer.size() >= BUFFER_BYTES) {
            flush();
        }
    }
}
