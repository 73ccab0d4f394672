// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap.internal;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jopil.pcap.CaptureException.Kind;
import org.jopil.pcap.CaptureReader;
import org.jopil.pcap.PacketOptions;

/** The pcapng format (draft-ietf-opsawg-pcapng): sections of blocks; unknown blocks are stepped over. */
final class PcapngReader implements CaptureReader {
    static final int SECTION_HEADER = Blocks.SECTION_HEADER;

    private static final int HEADER_BYTES = 8;
    private static final int ENHANCED_BYTES = 20;
    private static final int SIMPLE_BYTES = 4;
    private static final int INTERFACE_BYTES = 8;
    private static final int SECTION_MIN_BYTES = 28;

    /** One interface of the section. */
    private record Interface(int number, String name, int linkType, int snaplenBytes, TimeScale time) {}

    private final BlockInput in;
    private final List<Interface> interfaces = new ArrayList<>();
    private final PacketOptions options = new PacketOptions();
    private long interfaceBytes;
    /** Interfaces of the sections before. */
    private int sectionBase;

    private long blockStart;
    private Interface current;
    private long timestampNs;
    private int dataIndex;
    private int capturedBytes;
    private int lengthBytes;

    /**
     * @param in behind the type of the first section header
     */
    PcapngReader(BlockInput in) throws IOException {
        this.in = in;
        in.read(Integer.BYTES, "the length of the section header");
        readSection(in.int32(0));
    }

    @Override
    public boolean next() throws IOException {
        while (in.readOrEnd(HEADER_BYTES, "a block header")) {
            blockStart = in.start();
            int type = in.int32(0);
            if (type == Blocks.SECTION_HEADER) {
                int length = in.int32(4);
                readSection(in.order() == ByteOrder.BIG_ENDIAN ? length : Integer.reverseBytes(length));
            } else if (readBlock(type, in.uint32(4))) {
                return true;
            }
        }
        return false;
    }

    /**
     * @param rawLength of the block, read in big-endian order
     */
    private void readSection(int rawLength) throws IOException {
        in.read(Integer.BYTES, "the byte-order magic");
        in.order(ByteOrder.BIG_ENDIAN);
        int magic = in.int32(0);
        boolean big = magic == Blocks.BYTE_ORDER_MAGIC;
        if (!big && Integer.reverseBytes(magic) != Blocks.BYTE_ORDER_MAGIC) {
            throw in.error(Kind.CORRUPT, in.start(), "the byte-order magic 0x1a2b3c4d", "0x%08x".formatted(magic));
        }
        in.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        long length = Integer.toUnsignedLong(big ? rawLength : Integer.reverseBytes(rawLength));
        checkLength(length, SECTION_MIN_BYTES);
        in.read(Integer.BYTES, "the version of the section");
        if (in.uint16(0) != 1) {
            throw in.error(Kind.UNSUPPORTED, in.start(), "version 1 of pcapng", in.uint16(0) + "." + in.uint16(2));
        }
        in.skip(length - HEADER_BYTES - 3 * Integer.BYTES, "the rest of the section header");
        checkTrailer(length);
        sectionBase += interfaces.size();
        interfaces.clear();
        interfaceBytes = 0;
    }

    /** Whether it was a packet. */
    private boolean readBlock(int type, long length) throws IOException {
        switch (type) {
            case Blocks.INTERFACE -> {
                int body = body(length, INTERFACE_BYTES, "an interface block");
                interfaceBytes += length;
                if (interfaceBytes > in.maxBytes()) {
                    throw in.error(
                            Kind.TOO_LARGE,
                            blockStart,
                            "at most " + in.maxBytes() + " bytes of interface blocks in a section",
                            interfaceBytes);
                }
                interfaces.add(readInterface(body));
            }
            case Blocks.ENHANCED_PACKET -> {
                int body = body(length, ENHANCED_BYTES, "a packet block");
                readPacket(body, in.uint32(0));
                return true;
            }
            case Blocks.OBSOLETE_PACKET -> {
                int body = body(length, ENHANCED_BYTES, "an obsolete packet block");
                readPacket(body, in.uint16(0));
                return true;
            }
            case Blocks.SIMPLE_PACKET -> {
                readSimplePacket(body(length, SIMPLE_BYTES, "a simple packet block"));
                return true;
            }
            default -> {
                checkLength(length, Blocks.FRAME_BYTES);
                in.skip(length - Blocks.FRAME_BYTES, "a block");
                checkTrailer(length);
            }
        }
        return false;
    }

    /** Reads a block's body and gives its length in bytes. */
    private int body(long length, int fixedBytes, String what) throws IOException {
        checkLength(length, fixedBytes + Blocks.FRAME_BYTES);
        if (length > in.maxBytes()) {
            throw in.error(
                    Kind.TOO_LARGE,
                    blockStart + Integer.BYTES,
                    what + " of at most " + in.maxBytes() + " bytes",
                    length);
        }
        int rest = (int) length - HEADER_BYTES;
        in.read(rest, what);
        int body = rest - Integer.BYTES;
        compareTrailer(length, body);
        return body;
    }

    private void checkLength(long length, int least) throws IOException {
        if (length < least || length % Integer.BYTES != 0) {
            throw in.error(
                    Kind.CORRUPT, blockStart + Integer.BYTES, "a multiple of 4, at least " + least, "length " + length);
        }
    }

    private void checkTrailer(long length) throws IOException {
        in.read(Integer.BYTES, "the length at the block's end");
        compareTrailer(length, 0);
    }

    private void compareTrailer(long length, int index) throws IOException {
        if (in.uint32(index) != length) {
            throw in.error(
                    Kind.CORRUPT,
                    in.start() + index,
                    "length " + length + " again at the block's end",
                    in.uint32(index));
        }
    }

    private Interface readInterface(int body) throws IOException {
        String name = "";
        int resolution = TimeScale.MICROSECONDS.resolution();
        long offsetSeconds = 0;
        int at = INTERFACE_BYTES;
        for (; hasOption(at, body); at = nextOption(at)) {
            switch (in.uint16(at)) {
                case Blocks.INTERFACE_NAME -> name = text(at);
                case Blocks.INTERFACE_TIME_RESOLUTION -> {
                    checkOption(at, 1);
                    resolution = Byte.toUnsignedInt(in.buffer()[at + 4]);
                }
                case Blocks.INTERFACE_TIME_OFFSET -> {
                    checkOption(at, Long.BYTES);
                    offsetSeconds = in.int64(at + 4);
                }
                default -> {}
            }
        }
        TimeScale time = new TimeScale(resolution, offsetSeconds);
        if (!time.supported()) {
            throw in.error(Kind.UNSUPPORTED, blockStart, "if_tsresol of at most 10^-27 or 2^-63", resolution);
        }
        return new Interface(sectionBase + interfaces.size(), name, in.uint16(0), in.int32(4), time);
    }

    private void readPacket(int body, long interfaceId) throws IOException {
        current = interfaceOf(interfaceId);
        long units = in.uint32(4) << Integer.SIZE | in.uint32(8);
        try {
            timestampNs = current.time().ns(units);
        } catch (ArithmeticException e) {
            throw in.error(
                    Kind.UNSUPPORTED,
                    in.start() + 4,
                    "a time that 64 bits of ns can tell",
                    Long.toUnsignedString(units));
        }
        setLengths(in.uint32(12), in.uint32(16), ENHANCED_BYTES, body);
        readOptions(ENHANCED_BYTES + Blocks.padded(capturedBytes), body);
    }

    private void readSimplePacket(int body) throws IOException {
        current = interfaceOf(0);
        timestampNs = NO_TIME;
        long length = in.uint32(0);
        long snaplen = Integer.toUnsignedLong(current.snaplenBytes());
        setLengths(snaplen == 0 ? length : Math.min(length, snaplen), length, SIMPLE_BYTES, body);
        options.clear();
    }

    private Interface interfaceOf(long id) throws IOException {
        if (id >= interfaces.size()) {
            throw in.error(
                    Kind.CORRUPT,
                    in.start(),
                    "one of the section's " + interfaces.size() + " interfaces",
                    "interface " + id);
        }
        return interfaces.get((int) id);
    }

    private void setLengths(long captured, long length, int from, int body) throws IOException {
        if (captured > body - from) {
            throw in.error(
                    Kind.CORRUPT, in.start(), "at most " + (body - from) + " captured bytes in the block", captured);
        }
        if (length > Integer.MAX_VALUE) {
            throw in.error(Kind.CORRUPT, in.start(), "a length below 2 GiB", length);
        }
        dataIndex = from;
        capturedBytes = (int) captured;
        lengthBytes = (int) length;
    }

    private void readOptions(int from, int body) throws IOException {
        options.clear();
        for (int at = from; hasOption(at, body); at = nextOption(at)) {
            switch (in.uint16(at)) {
                case Blocks.OPTION_COMMENT -> options.comment(text(at));
                case Blocks.PACKET_FLAGS -> {
                    checkOption(at, Integer.BYTES);
                    options.flags(in.int32(at + 4));
                }
                case Blocks.PACKET_DROP_COUNT -> {
                    checkOption(at, Long.BYTES);
                    options.dropCount(in.int64(at + 4));
                }
                case Blocks.PACKET_ID -> {
                    checkOption(at, Long.BYTES);
                    options.packetId(in.int64(at + 4));
                }
                case Blocks.PACKET_QUEUE -> {
                    checkOption(at, Integer.BYTES);
                    options.queue(in.int32(at + 4));
                }
                case Blocks.PACKET_VERDICT -> readVerdict(at);
                default -> {}
            }
        }
    }

    private void readVerdict(int at) throws IOException {
        if (in.uint16(at + 2) == 0) {
            throw in.error(Kind.CORRUPT, in.start() + at, "a verdict with its kind", "no byte");
        }
        int kind = in.buffer()[at + 4];
        if (kind == Blocks.VERDICT_TC || kind == Blocks.VERDICT_XDP) {
            checkOption(at, 1 + Long.BYTES);
            long action = in.int64(at + 5);
            if (kind == Blocks.VERDICT_TC) {
                options.tcVerdict(action);
            } else {
                options.xdpVerdict(action);
            }
        }
    }

    /** Whether a whole option other than the end mark starts here. */
    private boolean hasOption(int at, int body) throws IOException {
        if (at >= body) {
            return false;
        }
        if (in.uint16(at) == Blocks.OPTION_END) {
            return false;
        }
        if (nextOption(at) > body) {
            throw in.error(
                    Kind.CORRUPT,
                    in.start() + at,
                    "an option of at most " + (body - at - 4) + " bytes",
                    in.uint16(at + 2) + " bytes");
        }
        return true;
    }

    private int nextOption(int at) {
        return at + 4 + Blocks.padded(in.uint16(at + 2));
    }

    private void checkOption(int at, int bytes) throws IOException {
        if (in.uint16(at + 2) != bytes) {
            throw in.error(
                    Kind.CORRUPT,
                    in.start() + at,
                    "option " + in.uint16(at) + " of " + bytes + " bytes",
                    in.uint16(at + 2) + " bytes");
        }
    }

    private String text(int at) {
        return new String(in.buffer(), at + 4, in.uint16(at + 2), StandardCharsets.UTF_8);
    }

    @Override
    public long timestampNs() {
        return timestampNs;
    }

    @Override
    public int linkType() {
        return current.linkType();
    }

    @Override
    public String interfaceName() {
        return current.name();
    }

    @Override
    public int interfaceNumber() {
        return current.number();
    }

    @Override
    public int capturedBytes() {
        return capturedBytes;
    }

    @Override
    public int lengthBytes() {
        return lengthBytes;
    }

    @Override
    public byte[] data() {
        return in.buffer();
    }

    @Override
    public int dataIndex() {
        return dataIndex;
    }

    @Override
    public PacketOptions options() {
        return options;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
