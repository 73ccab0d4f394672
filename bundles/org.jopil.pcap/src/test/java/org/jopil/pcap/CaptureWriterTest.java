// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Written files as Wireshark's tools read them. */
class CaptureWriterTest {
    private static final CaptureProducer PRODUCER = new CaptureProducer("x86_64", "Linux 6.18", "JOPIL 0.1.0");
    private static final CaptureInterface INGRESS =
            new CaptureInterface("eth0:tc-ingress", "what eth0 received", CaptureInterface.ETHERNET, 96, "tcp port 80");
    private static final CaptureInterface EGRESS =
            new CaptureInterface("eth0:tc-egress", "", CaptureInterface.ETHERNET, 0, "");
    private static final long TIME_NS = 1_700_000_000_123_456_789L;

    @TempDir
    Path folder;

    @Test
    void shouldWriteWhatTsharkReads() throws Exception {
        Path file = folder.resolve("a.pcapng");
        CaptureStatistics counts = new CaptureStatistics(TIME_NS, TIME_NS + 9, 10, 4, 1, 2);
        PacketOptions options = new PacketOptions();
        try (CaptureWriter out = new CaptureWriter(
                new WholeFile(file), PRODUCER, CaptureWriter.Flush.BUFFER, id -> id == 0 ? counts : null)) {
            int in = out.addInterface(INGRESS);
            int eg = out.addInterface(EGRESS);
            options.direction(PacketOptions.DIRECTION_INBOUND)
                    .dropCount(3)
                    .packetId(77)
                    .queue(5);
            options.tcVerdict(-1).xdpVerdict(2).comment("nginx[123]").comment("zweiter, ü");
            out.write(in, TIME_NS, frame(61), 0, 61, 1500, options);
            out.write(eg, TIME_NS + 1, frame(64), 4, 60, 60, options.clear());
        }
        Wireshark.Run run = Wireshark.frames(
                file,
                "frame.time_epoch",
                "frame.len",
                "frame.cap_len",
                "frame.interface_name",
                "frame.interface_description",
                "frame.packet_flags_direction",
                "frame.drop_count",
                "frame.packet_id",
                "frame.interface_queue",
                "frame.verdict.ebpf_tc",
                "frame.verdict.ebpf_xdp",
                "frame.comment");
        assertEquals(0, run.status(), run.toString());
        assertEquals(
                List.of(
                        "1700000000.123456789\t1500\t61\teth0:tc-ingress\twhat eth0 received\t0x00000001\t3\t77\t5\t-1\t2"
                                + "\tnginx[123],zweiter, ü",
                        "1700000000.123456790\t60\t60\teth0:tc-egress\t\t\t\t\t\t\t\t"),
                run.lines());
        String said = String.join("\n", Wireshark.capinfos(file));
        for (String expected : List.of(
                "Capture hardware:    x86_64",
                "Capture oper-sys:    Linux 6.18",
                "Capture application: JOPIL 0.1.0",
                "Number of packets:   2",
                "Name = eth0:tc-ingress",
                "Description = what eth0 received",
                "Time precision = nanoseconds (9)",
                "Filter string = tcp port 80",
                "Number of stat entries = 1")) {
            assertTrue(said.contains(expected), expected + " in\n" + said);
        }
    }

    @Test
    void shouldCopyACaptureToTheByteAndTheNs() throws Exception {
        Path original = Path.of(System.getProperty("jopil.pcaps"), "ndpi_skype.pcap");
        Path file = folder.resolve("copy.pcapng");
        long packets = 0;
        try (CaptureReader in = CaptureReader.open(original);
                CaptureWriter out =
                        new CaptureWriter(new WholeFile(file), PRODUCER, CaptureWriter.Flush.BUFFER, id -> null)) {
            out.addInterface(EGRESS);
            while (in.next()) {
                packets++;
                out.write(
                        0,
                        in.timestampNs(),
                        in.data(),
                        in.dataIndex(),
                        in.capturedBytes(),
                        in.lengthBytes(),
                        in.options());
            }
            out.flush();
            assertEquals(packets, out.writtenPackets());
            assertEquals(Files.size(file), out.writtenBytes());
        }
        String[] fields = {"frame.time_epoch", "frame.len", "frame.cap_len", "frame.md5_hash"};
        assertTrue(packets > 1000);
        assertEquals(
                Wireshark.frames(original, fields).lines(),
                Wireshark.frames(file, fields).lines());
        Wireshark.capinfos(file);
    }

    @Test
    void shouldReadBackEveryOption() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PacketOptions options = new PacketOptions().flags(0x1E2).dropCount(-1).packetId(Long.MIN_VALUE);
        options.queue(-2).tcVerdict(7).xdpVerdict(-3).comment("x").comment("");
        try (CaptureWriter out = new CaptureWriter(bytes, PRODUCER, CaptureWriter.Flush.PACKET, id -> null)) {
            out.addInterface(INGRESS);
            out.write(0, 1, frame(7), 0, 7, 7, options);
            out.write(0, CaptureReader.NO_TIME, frame(0), 0, 0, 9, options.clear());
        }
        try (CaptureReader in = PcapngFile.open(bytes.toByteArray())) {
            assertTrue(in.next());
            assertArrayEquals(frame(7), Arrays.copyOfRange(in.data(), in.dataIndex(), in.dataIndex() + 7));
            PacketOptions back = in.options();
            assertEquals(0x1E2, back.flags());
            assertEquals(-1, back.dropCount());
            assertEquals(Long.MIN_VALUE, back.packetId());
            assertEquals(-2, back.queue());
            assertEquals(7, back.tcVerdict());
            assertEquals(-3, back.xdpVerdict());
            assertEquals(List.of("x"), back.comments());
            assertTrue(in.next());
            assertEquals(0, in.timestampNs());
            assertFalse(in.options().hasFlags());
            assertFalse(in.next());
        }
    }

    @Test
    void shouldHandOverWholeBlocksPacketByPacketToAPipe() throws IOException {
        List<Integer> writes = new ArrayList<>();
        OutputStream pipe = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] data, int from, int bytes) {
                writes.add(bytes);
            }
        };
        try (CaptureWriter out = new CaptureWriter(pipe, PRODUCER, CaptureWriter.Flush.PACKET, id -> null)) {
            out.addInterface(EGRESS);
            for (int i = 0; i < 3; i++) {
                out.write(0, i, frame(8), 0, 8, 8, new PacketOptions());
            }
        }
        assertEquals(List.of(40, 40), writes.subList(1, writes.size()));
    }

    @Test
    void shouldKnowWhatAFailedWriteLost() throws IOException {
        int[] room = {300_000};
        OutputStream full = new OutputStream() {
            @Override
            public void write(int value) {
                throw new AssertionError("one byte");
            }

            @Override
            public void write(byte[] data, int from, int bytes) throws IOException {
                room[0] -= bytes;
                if (room[0] < 0) {
                    throw new IOException("No space left on device");
                }
            }
        };
        CaptureWriter out = new CaptureWriter(full, PRODUCER, CaptureWriter.Flush.BUFFER, id -> null);
        out.addInterface(EGRESS);
        IOException e = assertThrows(IOException.class, () -> {
            while (true) {
                out.write(0, 0, frame(968), 0, 968, 968, new PacketOptions());
            }
        });
        assertEquals("No space left on device", e.getMessage());
        assertEquals(263, out.writtenPackets());
        out.close();
        assertEquals(263, out.writtenPackets());
    }

    @Test
    void shouldRefuseACommentThatNoOptionHolds() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CaptureWriter out = new CaptureWriter(bytes, PRODUCER, CaptureWriter.Flush.BUFFER, id -> null)) {
            out.addInterface(EGRESS);
            PacketOptions options = new PacketOptions().comment("x".repeat(70_000));
            assertThrows(IllegalArgumentException.class, () -> out.write(0, 0, frame(8), 0, 8, 8, options));
            assertThrows(IllegalArgumentException.class, () -> out.write(1, 0, frame(8), 0, 8, 8, options.clear()));
            out.write(0, 0, frame(8), 0, 8, 8, options);
        }
        try (CaptureReader in = PcapngFile.open(bytes.toByteArray())) {
            assertTrue(in.next());
            assertFalse(in.next());
        }
    }

    static byte[] frame(int bytes) {
        byte[] frame = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            frame[i] = (byte) i;
        }
        return frame;
    }
}
