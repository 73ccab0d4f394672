// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureReaderTest {
    private static final byte[] DATA = {1, 2, 3, 4, 5};
    private static final int TIME_RESOLUTION = 9;
    private static final int TIME_OFFSET = 14;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReadEveryKindOfPacketBlockInBothByteOrders(boolean big) throws IOException {
        PcapngFile file = new PcapngFile();
        file.section(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN)
                .interfaceBlock(3, file.option(2, utf8("eth0")))
                .block(0x0BAD, file.body(12))
                .packet(0, 1_700_000_000_000_001L, DATA, 99)
                .simplePacket(new byte[] {7, 8, 9}, 60)
                .obsoletePacket(0, 5, DATA, 6);
        try (CaptureReader in = file.open()) {
            assertPacket(in, 1_700_000_000_000_001_000L, DATA, 99);
            assertEquals("eth0", in.interfaceName());
            assertEquals(1, in.linkType());
            assertPacket(in, CaptureReader.NO_TIME, new byte[] {7, 8, 9}, 60);
            assertPacket(in, 5_000, DATA, 6);
            assertFalse(in.next());
        }
    }

    @Test
    void shouldStartAgainWithEverySection() throws IOException {
        PcapngFile file = new PcapngFile();
        file.section(ByteOrder.BIG_ENDIAN).interfaceBlock(0, file.option(2, utf8("a")));
        file.packet(0, 1, DATA, 5);
        file.section(ByteOrder.LITTLE_ENDIAN).interfaceBlock(0, file.option(2, utf8("b")));
        file.packet(0, 2, DATA, 5).section(ByteOrder.BIG_ENDIAN).packet(0, 3, DATA, 5);
        try (CaptureReader in = file.open()) {
            assertPacket(in, 1_000, DATA, 5);
            assertEquals("a", in.interfaceName());
            assertPacket(in, 2_000, DATA, 5);
            assertEquals("b", in.interfaceName());
            assertEquals(
                    CaptureException.Kind.CORRUPT,
                    assertThrows(CaptureException.class, in::next).kind());
        }
    }

    @Test
    void shouldReadTheOptionsOfAPacket() throws IOException {
        PcapngFile file = new PcapngFile();
        file.section(ByteOrder.BIG_ENDIAN).interfaceBlock(0);
        file.packet(
                0,
                1,
                DATA,
                5,
                file.option(1, utf8("first")),
                file.option(2, file.body(4).putInt(2)),
                file.option(4, file.body(8).putLong(7)),
                file.option(5, file.body(8).putLong(-8)),
                file.option(6, file.body(4).putInt(3)),
                file.option(7, file.body(9).put((byte) 1).putLong(-1)),
                file.option(7, file.body(9).put((byte) 2).putLong(2)),
                file.option(7, file.body(3)),
                file.option(1, utf8("zweite, ü")),
                file.option(0, file.body(0)));
        file.packet(0, 2, DATA, 5);
        try (CaptureReader in = file.open()) {
            assertTrue(in.next());
            PacketOptions options = in.options();
            assertEquals(List.of("first", "zweite, ü"), options.comments());
            assertEquals(PacketOptions.DIRECTION_OUTBOUND, options.direction());
            assertEquals(7, options.dropCount());
            assertEquals(-8, options.packetId());
            assertEquals(3, options.queue());
            assertEquals(-1, options.tcVerdict());
            assertEquals(2, options.xdpVerdict());
            assertTrue(in.next());
            assertFalse(options.hasFlags() || options.hasPacketId() || options.hasTcVerdict());
            assertEquals(List.of(), options.comments());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "6, 0, 1500000, 1500000000",
        "0, 0, 3, 3000000000",
        "9, 0, 1700000000123456789, 1700000000123456789",
        "12, 0, 1999, 1",
        "27, 0, 1999999999999999999, 1",
        "128, 0, 3, 3000000000",
        "129, 0, 3, 1500000000",
        "138, 0, 1025, 1000976562",
        "160, 0, 7301444405347483648, 1700000000500000000",
        "191, 0, 4611686018427387904, 500000000",
        "9, 10, 5, 10000000005",
        "9, -1, 5, -999999995"
    })
    void shouldTellTimesInNs(int resolution, long offset, long units, long ns) throws IOException {
        try (CaptureReader in = timed(resolution, offset, units).open()) {
            assertTrue(in.next());
            assertEquals(ns, in.timestampNs());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 10000000000",
        "0, 0, -1",
        "128, 0, -1",
        "6, 0, -1",
        "9, 9223372036854775807, 0",
        "28, 0, 1",
        "192, 0, 1"
    })
    void shouldRefuseTimesThatNsCannotTell(int resolution, long offset, long units) throws IOException {
        try (CaptureReader in = timed(resolution, offset, units).open()) {
            assertEquals(
                    CaptureException.Kind.UNSUPPORTED,
                    assertThrows(CaptureException.class, in::next).kind());
        }
    }

    @ParameterizedTest
    @CsvSource({"a1b2c3d4, 1000, false", "a1b2c3d4, 1000, true", "a1b23c4d, 1, false", "a1b23c4d, 1, true"})
    void shouldReadPcapOfBothPrecisionsAndByteOrders(String magic, long unitNs, boolean big) throws IOException {
        byte[] file = pcap(Integer.parseUnsignedInt(magic, 16), big, 4, 16, 5, 60);
        try (CaptureReader in = PcapngFile.open(file)) {
            assertPacket(in, 4_000_000_000L * 1_000_000_000 + 7 * unitNs, DATA, 60);
            assertEquals(113, in.linkType());
            assertEquals("", in.interfaceName());
            assertFalse(in.next());
        }
    }

    @Test
    void shouldReadTheOldAndThePatchedRecordHeaders() throws IOException {
        try (CaptureReader in = PcapngFile.open(pcap(0xA1B2C3D4, true, 2, 16, 60, 5))) {
            assertPacket(in, 4_000_000_000_000_007_000L, DATA, 60);
        }
        try (CaptureReader in = PcapngFile.open(pcap(0xA1B2C3D4, true, 3, 16, 60, 5))) {
            assertPacket(in, 4_000_000_000_000_007_000L, DATA, 60);
        }
        try (CaptureReader in = PcapngFile.open(pcap(0xA1B2CD34, false, 4, 24, 5, 60))) {
            assertPacket(in, 4_000_000_000_000_007_000L, DATA, 60);
        }
    }

    @Test
    void shouldReadGzip() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(small());
        }
        try (CaptureReader in = PcapngFile.open(packed.toByteArray())) {
            assertEquals(3, packets(in));
        }
        byte[] cut = Arrays.copyOf(packed.toByteArray(), packed.size() - 12);
        assertEquals(CaptureException.Kind.TRUNCATED, failure(cut).kind());
        byte[] damaged = packed.toByteArray();
        Arrays.fill(damaged, 10, 30, (byte) 0xFF);
        assertEquals(CaptureException.Kind.CORRUPT, failure(damaged).kind());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDeliverAllWholePacketsOfAFileCutAnywhere(boolean pcapng) throws IOException {
        byte[] file = pcapng ? small() : pcap(0xA1B2C3D4, false, 4, 16, 5, 5);
        long[] ends = pcapng ? new long[] {28 + 20, 88, 128, 168} : new long[] {24, 24 + 16 + 5};
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            int expected = 0;
            while (expected + 1 < ends.length && ends[expected + 1] <= length) {
                expected++;
            }
            int got = 0;
            try (CaptureReader in = PcapngFile.open(cut)) {
                while (in.next()) {
                    got++;
                    assertArrayEquals(DATA, Arrays.copyOfRange(in.data(), in.dataIndex(), in.dataIndex() + 5));
                }
                assertTrue(isEnd(length, ends, pcapng), "no error at " + length);
            } catch (CaptureException e) {
                assertEquals(CaptureException.Kind.TRUNCATED, e.kind(), e.getMessage());
                assertTrue(e.offset() <= length, e.getMessage());
                assertFalse(isEnd(length, ends, pcapng), e.getMessage());
            }
            assertEquals(expected, got, "cut at " + length);
        }
    }

    @Test
    void shouldSayWhereAndWhatWasExpected() {
        byte[] cut = Arrays.copyOf(small(), 100);
        CaptureException e = failure(cut);
        assertEquals(96, e.offset());
        assertEquals(
                "test: byte 96: expected a packet block of 32 bytes, found 4 bytes and the end of the file",
                e.getMessage());
    }

    @Test
    void shouldNotBelieveALengthBeyondTheLimit() throws IOException {
        ByteBuffer pcap = ByteBuffer.wrap(pcap(0xA1B2C3D4, true, 4, 16, 5, 5));
        pcap.putInt(24 + 8, 0x7FFF_FFF0);
        assertEquals(CaptureException.Kind.TOO_LARGE, failure(pcap.array()).kind());
        ByteBuffer pcapng = ByteBuffer.wrap(small()).order(ByteOrder.LITTLE_ENDIAN);
        pcapng.putInt(48 + 4, 0x7FFF_FFF0);
        assertEquals(CaptureException.Kind.TOO_LARGE, failure(pcapng.array()).kind());

        PcapngFile many = new PcapngFile().section(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 60; i++) {
            many.interfaceBlock(0);
        }
        try (CaptureReader in = CaptureReader.open(new ByteArrayInputStream(many.bytes()), "test", 1000)) {
            assertEquals(
                    CaptureException.Kind.TOO_LARGE,
                    assertThrows(CaptureException.class, in::next).kind());
        }
    }

    @Test
    void shouldRefuseWhatIsNoCapture() {
        assertEquals(
                CaptureException.Kind.UNSUPPORTED,
                failure("hello, world".getBytes(UTF_8)).kind());
        assertEquals(CaptureException.Kind.TRUNCATED, failure(new byte[0]).kind());
        ByteBuffer wrong = ByteBuffer.wrap(small()).order(ByteOrder.LITTLE_ENDIAN);
        wrong.putInt(8, 0x12345678);
        assertEquals(CaptureException.Kind.CORRUPT, failure(wrong.array()).kind());
        wrong = ByteBuffer.wrap(small()).order(ByteOrder.LITTLE_ENDIAN);
        wrong.putInt(48 + 36, 44);
        assertEquals(CaptureException.Kind.CORRUPT, failure(wrong.array()).kind());
    }

    /** Three packets of 5 bytes, blocks of 40 bytes. */
    private static byte[] small() {
        PcapngFile file = new PcapngFile().section(ByteOrder.LITTLE_ENDIAN).interfaceBlock(0);
        for (int i = 0; i < 3; i++) {
            file.packet(0, i, DATA, 5);
        }
        return file.bytes();
    }

    private static boolean isEnd(int length, long[] ends, boolean pcapng) {
        return Arrays.stream(ends).anyMatch(end -> end == length) || pcapng && length == 28;
    }

    private static PcapngFile timed(int resolution, long offset, long units) {
        PcapngFile file = new PcapngFile().section(ByteOrder.LITTLE_ENDIAN);
        return file.interfaceBlock(
                        0,
                        file.option(TIME_RESOLUTION, file.body(1).put((byte) resolution)),
                        file.option(TIME_OFFSET, file.body(8).putLong(offset)))
                .packet(0, units, DATA, 5);
    }

    private static byte[] pcap(int magic, boolean big, int minor, int recordBytes, int first, int second) {
        ByteBuffer file = ByteBuffer.allocate(24 + recordBytes + DATA.length)
                .order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        file.putInt(magic).putShort((short) 2).putShort((short) minor);
        file.putInt(20, 113).position(24);
        file.putInt((int) 4_000_000_000L).putInt(7).putInt(first).putInt(second);
        return file.put(24 + recordBytes, DATA).array();
    }

    private static void assertPacket(CaptureReader in, long ns, byte[] data, int length) throws IOException {
        assertTrue(in.next());
        assertEquals(ns, in.timestampNs());
        assertEquals(length, in.lengthBytes());
        assertArrayEquals(data, Arrays.copyOfRange(in.data(), in.dataIndex(), in.dataIndex() + in.capturedBytes()));
    }

    private static int packets(CaptureReader in) throws IOException {
        int packets = 0;
        while (in.next()) {
            packets++;
        }
        return packets;
    }

    private static CaptureException failure(byte[] file) {
        return assertThrows(CaptureException.class, () -> {
            try (CaptureReader in = PcapngFile.open(file)) {
                packets(in);
            }
        });
    }

    private static ByteBuffer utf8(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }
}
