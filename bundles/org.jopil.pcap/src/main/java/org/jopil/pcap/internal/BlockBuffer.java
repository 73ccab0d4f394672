// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jopil.pcap.CaptureInterface;
import org.jopil.pcap.CaptureProducer;
import org.jopil.pcap.CaptureStatistics;
import org.jopil.pcap.PacketOptions;

/** Whole pcapng blocks one behind the other, little-endian. */
public final class BlockBuffer {
    /** Size of a block that {@link #statistics} adds. */
    public static final int STATISTICS_BYTES = Blocks.FRAME_BYTES + 12 + 6 * 12 + 4;

    private static final int NANOSECONDS = 9;
    private static final int MAX_OPTION_BYTES = 0xFFFF;
    private static final int HEADER_AND_FIXED_BYTES = 256;
    // all but the data and the comments: frame, fixed fields, padding, every option once, end mark
    private static final int MAX_PACKET_FRAME_BYTES = Blocks.FRAME_BYTES + 20 + 3 + 8 + 12 + 12 + 8 + 2 * 16 + 4;

    private byte[] bytes;
    private ByteBuffer fields;
    private int blockAt;

    /**
     * @param capacityBytes for a start; it grows when a block needs more
     */
    public BlockBuffer(int capacityBytes) {
        bytes = new byte[capacityBytes + HEADER_AND_FIXED_BYTES];
        fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The blocks are here, {@link #size()} bytes from index 0 on. */
    public byte[] bytes() {
        return bytes;
    }

    /** Bytes of all blocks. */
    public int size() {
        return fields.position();
    }

    /** Takes every block out. */
    public void clear() {
        fields.clear();
    }

    /** Adds a section header of unknown section length. */
    public void section(CaptureProducer producer) {
        begin(Blocks.SECTION_HEADER, 16);
        fields.putInt(Blocks.BYTE_ORDER_MAGIC)
                .putShort((short) 1)
                .putShort((short) 0)
                .putLong(-1);
        text(Blocks.SECTION_HARDWARE, producer.hardware());
        text(Blocks.SECTION_OS, producer.os());
        text(Blocks.SECTION_APPLICATION, producer.application());
        end(true);
    }

    /** Adds an interface with times in ns. */
    public void interfaceBlock(CaptureInterface added) {
        begin(Blocks.INTERFACE, 8);
        fields.putShort((short) added.linkType()).putShort((short) 0).putInt(added.snaplenBytes());
        text(Blocks.INTERFACE_NAME, added.name());
        text(Blocks.INTERFACE_DESCRIPTION, added.description());
        option(Blocks.INTERFACE_TIME_RESOLUTION, 1);
        fields.put((byte) NANOSECONDS);
        pad();
        if (!added.filter().isEmpty()) {
            // the first byte says that a capture filter's text follows
            option(Blocks.INTERFACE_FILTER, "\0" + added.filter());
        }
        end(true);
    }

    /** Adds a packet. */
    public void packet(
            int interfaceId,
            long timestampNs,
            byte[] data,
            int from,
            int capturedBytes,
            int lengthBytes,
            PacketOptions options) {
        begin(Blocks.ENHANCED_PACKET, 20 + Blocks.padded(capturedBytes));
        fields.putInt(interfaceId)
                .putInt((int) (timestampNs >>> Integer.SIZE))
                .putInt((int) timestampNs)
                .putInt(capturedBytes)
                .putInt(lengthBytes)
                .put(data, from, capturedBytes);
        pad();
        int optionsAt = fields.position();
        packetOptions(options);
        end(fields.position() > optionsAt);
    }

    /** Bytes that {@link #packet} adds at most. */
    public static long packetBytes(int capturedBytes, PacketOptions options) {
        long bytes = MAX_PACKET_FRAME_BYTES + (long) capturedBytes;
        for (int i = 0; i < options.comments().size(); i++) {
            // in UTF-8 a char has at most 3 bytes
            bytes += 8 + 3L * options.comments().get(i).length();
        }
        return bytes;
    }

    private void packetOptions(PacketOptions options) {
        if (options.hasFlags()) {
            option(Blocks.PACKET_FLAGS, Integer.BYTES);
            fields.putInt(options.flags());
        }
        if (options.hasDropCount()) {
            number(Blocks.PACKET_DROP_COUNT, options.dropCount());
        }
        if (options.hasPacketId()) {
            number(Blocks.PACKET_ID, options.packetId());
        }
        if (options.hasQueue()) {
            option(Blocks.PACKET_QUEUE, Integer.BYTES);
            fields.putInt(options.queue());
        }
        if (options.hasTcVerdict()) {
            verdict(Blocks.VERDICT_TC, options.tcVerdict());
        }
        if (options.hasXdpVerdict()) {
            verdict(Blocks.VERDICT_XDP, options.xdpVerdict());
        }
        for (int i = 0; i < options.comments().size(); i++) {
            text(Blocks.OPTION_COMMENT, options.comments().get(i));
        }
    }

    /** Adds an interface's statistics. */
    public void statistics(int interfaceId, CaptureStatistics counts) {
        begin(Blocks.STATISTICS, 12);
        fields.putInt(interfaceId);
        time(counts.endNs());
        option(Blocks.STATISTICS_START, Long.BYTES);
        time(counts.startNs());
        option(Blocks.STATISTICS_END, Long.BYTES);
        time(counts.endNs());
        number(Blocks.STATISTICS_RECEIVED, counts.received());
        number(Blocks.STATISTICS_DROPPED, counts.dropped());
        number(Blocks.STATISTICS_ACCEPTED, counts.accepted());
        number(Blocks.STATISTICS_DELIVERED, counts.delivered());
        end(true);
    }

    private void time(long ns) {
        fields.putInt((int) (ns >>> Integer.SIZE)).putInt((int) ns);
    }

    private void number(int code, long value) {
        option(code, Long.BYTES);
        fields.putLong(value);
    }

    private void verdict(int kind, long action) {
        option(Blocks.PACKET_VERDICT, 1 + Long.BYTES);
        fields.put((byte) kind).putLong(action);
        pad();
    }

    private void text(int code, String text) {
        if (!text.isEmpty()) {
            option(code, text);
        }
    }

    private void option(int code, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > MAX_OPTION_BYTES) {
            fields.position(blockAt);
            throw new IllegalArgumentException(
                    "a text of " + utf8.length + " bytes; an option holds " + MAX_OPTION_BYTES);
        }
        option(code, utf8.length);
        fields.put(utf8);
        pad();
    }

    /** Starts an option and makes room for its value. */
    private void option(int code, int valueBytes) {
        reserve(4 + Blocks.padded(valueBytes));
        fields.putShort((short) code).putShort((short) valueBytes);
    }

    private void begin(int type, int bodyBytes) {
        blockAt = fields.position();
        reserve(8 + bodyBytes);
        fields.putInt(type).putInt(0);
    }

    private void end(boolean withOptions) {
        reserve(8);
        if (withOptions) {
            fields.putInt(Blocks.OPTION_END);
        }
        int length = fields.position() - blockAt + Integer.BYTES;
        fields.putInt(length);
        fields.putInt(blockAt + Integer.BYTES, length);
    }

    private void pad() {
        for (int i = Blocks.padded(fields.position()) - fields.position(); i > 0; i--) {
            fields.put((byte) 0);
        }
    }

    private void reserve(int more) {
        if (fields.remaining() >= more) {
            return;
        }
        int position = fields.position();
        bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(position, more), Math.addExact(bytes.length, position)));
        fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(position);
    }
}
