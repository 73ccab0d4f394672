// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.api.filter.FilterException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.PcapCompiler;
import org.jopil.bpf.TestOptions;
import org.jopil.filter.internal.PcapFilters;
import org.jopil.pcap.CaptureProducer;
import org.jopil.pcap.CaptureReader;
import org.jopil.pcap.CaptureWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames in by BPF_PROG_TEST_RUN, packets out of the file. */
class CaptureProgramKernelTest {
    private static final int TC_ACT_UNSPEC = -1;
    private static final int SMALL_RINGS = 1;

    /** A packet of the output. */
    private record Packet(
            String interfaceName, byte[] data, int length, long id, int direction, long drops, List<String> comments) {}

    private final BpfLoader loader = new NativeBpfLoader();

    @BeforeEach
    void needRoot() {
        Machine.needRoot();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 20, 60, 100, 300, 700, 1000, 1500, 3000})
    void shouldKeepWholeFramesOfEverySize(int payload) throws Exception {
        byte[] frame = Frames.udp(53, payload);
        try (KernelCapture capture = open("", 262_144)) {
            run(capture, Direction.INGRESS, frame);
            Packet packet = packets(capture, 262_144).get(0);
            assertArrayEquals(frame, packet.data());
            assertEquals(frame.length, packet.length());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 42, 43, 64, 1000, 3042})
    void shouldKeepHeadersAloneUnlessPayloadIsAskedFor(int snaplen) throws Exception {
        byte[] frame = Frames.udp(53, 3000);
        try (KernelCapture capture = open("", snaplen)) {
            run(capture, Direction.EGRESS, frame);
            Packet packet = packets(capture, snaplen).get(0);
            int kept = snaplen == 0 ? Frames.HEADER_BYTES : snaplen;
            assertArrayEquals(Arrays.copyOf(frame, kept), packet.data());
            assertEquals(frame.length, packet.length());
            assertEquals("lo:tc-egress", packet.interfaceName());
            assertEquals(2, packet.direction());
        }
    }

    @Test
    void shouldLetTheFilterChooseInTheKernel() throws Exception {
        try (KernelCapture capture = open("udp port 53", 0)) {
            for (int i = 0; i < 10; i++) {
                run(capture, Direction.INGRESS, Frames.udp(53, i));
                run(capture, Direction.EGRESS, Frames.udp(54, i));
            }
            assertEquals("kernel", capture.hooks().get(0).filteredBy());
            assertEquals(new CaptureHook.Book(20, 10, 0, 0), capture.book());
            List<Packet> packets = packets(capture, 0);
            assertEquals(10, packets.size());
            assertEquals(10, packets.stream().mapToLong(Packet::id).distinct().count());
            assertTrue(
                    packets.stream().allMatch(packet -> packet.interfaceName().equals("lo:tc-ingress")));
        }
    }

    @Test
    void shouldDecideInUserSpaceWhatLiesBeyondTheScratch() throws Exception {
        // byte 1000 of the frame is byte 958 of the payload: 0xBE
        try (KernelCapture capture = open("ether[1000] = 0xbe", 0)) {
            run(capture, Direction.INGRESS, Frames.udp(53, 2000));
            byte[] other = Frames.udp(53, 2000);
            other[1000] = 0;
            run(capture, Direction.INGRESS, other);
            run(capture, Direction.INGRESS, Frames.udp(53, 100));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            FrameWriter writer = write(capture, 0, bytes);
            assertEquals(new CaptureHook.Book(3, 2, 0, 0), capture.book());
            assertEquals(1, writer.rejected());
            List<Packet> packets = read(bytes);
            assertEquals(1, packets.size());
            assertArrayEquals(
                    Arrays.copyOf(Frames.udp(53, 2000), Frames.HEADER_BYTES),
                    packets.get(0).data());
        }
    }

    /** A filter that loops is no eBPF. */
    @Test
    void shouldFilterInUserSpaceWhatTheKernelRefuses() throws Exception {
        try (KernelCapture capture = open("ip6 protochain 6 or (udp port 53)", 0)) {
            String by = capture.hooks().get(0).filteredBy();
            assertTrue(by.startsWith("user space, because the kernel refused it: "), by);
            run(capture, Direction.INGRESS, Frames.udp(53, 100));
            run(capture, Direction.INGRESS, Frames.udp(54, 100));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            FrameWriter writer = write(capture, 0, bytes);
            assertEquals(new CaptureHook.Book(2, 2, 0, 0), capture.book());
            assertEquals(1, writer.rejected());
            assertArrayEquals(
                    Arrays.copyOf(Frames.udp(53, 100), Frames.HEADER_BYTES),
                    read(bytes).get(0).data());
        }
    }

    @Test
    void shouldCountWhatAFullRingLost() throws Exception {
        byte[] frame = Frames.udp(53, 3000);
        try (KernelCapture capture = open("", 262_144)) {
            capture.hooks().get(0).program(Direction.INGRESS).testRun(frame, TestOptions.repeat(1000));
            CaptureHook.Book full = capture.book();
            assertEquals(1000, full.matched());
            assertTrue(full.ringFull() > 0 && full.ringFull() < 1000, full.toString());
            FrameMerge merge = new FrameMerge(capture.cpus());
            assertTrue(capture.drain(merge, Long.MAX_VALUE));
            assertEquals(1000 - full.ringFull(), merge.discard());

            pin(capture, frame);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            write(capture, 262_144, bytes);
            // of the test runs on this CPU before; on another one nothing was lost
            long told = read(bytes).stream().mapToLong(Packet::drops).sum();
            assertTrue(told == full.ringFull() || told == 0, full + " and " + told);
        }
    }

    private static void pin(KernelCapture capture, byte[] frame) {
        for (int i = 0; i < 5; i++) {
            run(capture, Direction.INGRESS, frame);
        }
    }

    @Test
    void shouldSayForHowManyFramesASuperPacketStands() throws Exception {
        // struct __sk_buff of linux/bpf.h
        byte[] context = ByteBuffer.allocate(192)
                .order(ByteOrder.nativeOrder())
                .putInt(164, 3)
                .putInt(176, 1000)
                .array();
        try (KernelCapture capture = open("", 0)) {
            capture.hooks()
                    .get(0)
                    .program(Direction.INGRESS)
                    .testRun(Frames.udp(53, 3000), new TestOptions(1, context));
            assertEquals(
                    List.of("stands for 3 frames of the wire, with 1000 bytes of payload at most"),
                    packets(capture, 0).get(0).comments());
        }
    }

    @Test
    void shouldRefuseAWrongFilter() {
        FilterException e =
                assertThrows(FilterException.class, () -> open("udp prt 53", 0).close());
        assertFalse(e.getMessage().isBlank());
    }

    private KernelCapture open(String filter, int snaplen) throws FilterException {
        return new KernelCapture(
                loader, new PcapFilters(new PcapCompiler()), Places.of("lo"), filter, snaplen, SMALL_RINGS);
    }

    private static void run(KernelCapture capture, Direction direction, byte[] frame) {
        int verdict = capture.hooks()
                .get(0)
                .program(direction)
                .testRun(frame, TestOptions.ONCE)
                .returnValue();
        assertEquals(TC_ACT_UNSPEC, verdict);
    }

    private static List<Packet> packets(KernelCapture capture, int snaplen) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        write(capture, snaplen, bytes);
        return read(bytes);
    }

    private static FrameWriter write(KernelCapture capture, int snaplen, ByteArrayOutputStream bytes)
            throws IOException {
        FrameMerge merge = new FrameMerge(capture.cpus());
        assertTrue(capture.drain(merge, Long.MAX_VALUE));
        try (CaptureWriter out = writer(bytes)) {
            FrameWriter writer =
                    new FrameWriter(out, capture.hooks(), snaplen, capture.cpus(), new FrameOwners(() -> null));
            merge.emit(Long.MAX_VALUE, (cpu, oldest) -> {
                try {
                    writer.write(cpu, oldest, 0);
                    return true;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals(0, merge.size());
            return writer;
        }
    }

    private static CaptureWriter writer(ByteArrayOutputStream bytes) {
        return new CaptureWriter(bytes, new CaptureProducer("", "", "test"), CaptureWriter.Flush.BUFFER, id -> null);
    }

    private static List<Packet> read(ByteArrayOutputStream bytes) throws IOException {
        List<Packet> packets = new ArrayList<>();
        try (CaptureReader in = CaptureReader.open(
                new ByteArrayInputStream(bytes.toByteArray()), "test", CaptureReader.DEFAULT_MAX_BLOCK_BYTES)) {
            while (in.next()) {
                packets.add(new Packet(
                        in.interfaceName(),
                        Arrays.copyOfRange(in.data(), in.dataIndex(), in.dataIndex() + in.capturedBytes()),
                        in.lengthBytes(),
                        in.options().packetId(),
                        in.options().direction(),
                        in.options().dropCount(),
                        List.copyOf(in.options().comments())));
            }
        }
        return packets;
    }
}
