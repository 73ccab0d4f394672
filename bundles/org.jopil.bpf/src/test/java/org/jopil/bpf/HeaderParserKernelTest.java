// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jopil.api.event.Addresses;
import org.jopil.decode.HeaderParser;
import org.jopil.decode.LinkType;
import org.jopil.testkit.Capture;
import org.jopil.testkit.Mutator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's parser and Java's say the same of every frame of the captures. */
@Timeout(900)
class HeaderParserKernelTest {
    private static final int RING_BYTES = 64 << 10;
    private static final int LEAST_FRAME_BYTES = 14;
    /** What a test run takes: at tc less than at XDP with frags. */
    private static final int MOST_TC_BYTES = 3000;

    private static final int MOST_XDP_BYTES = 60_000;

    private final HeaderParser parser = new HeaderParser();
    private long frames;
    private long values;
    private long notRun;

    @BeforeAll
    static void needsPrivileges() {
        Privileged.require();
    }

    @Test
    void shouldReadAsTheKernelsProgramsDo() throws Exception {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            sensor.sampleEvery(1);
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), RING_BYTES)) {
                for (Path file : Capture.all()) {
                    Capture capture = Capture.read(file);
                    for (int i = 0; i < capture.frames().size(); i++) {
                        Capture.Frame frame = capture.frames().get(i);
                        if (frame.linkType() == LinkType.ETHERNET.number()) {
                            String where = capture.name() + " " + (i + 1);
                            compare(sensor, "jopil_xdp", MOST_XDP_BYTES, reader, where, frame.data());
                            compare(sensor, "jopil_ingress", MOST_TC_BYTES, reader, where, frame.data());
                        }
                    }
                }
            }
        }
        System.out.printf("kernel's parser and Java's: %d frames, %d values, all equal%n", frames, values);
        assertTrue(frames > 50_000, frames + " frames");
    }

    /** Ten seconds of frames that nobody would send; ten minutes in the long test. */
    @Test
    void shouldReadAsTheKernelsProgramsDoWhateverComes() throws Exception {
        long seed = Long.getLong("jopil.seed", new Random().nextLong(1, Long.MAX_VALUE));
        System.out.printf("mutated frames: seed %d (-Djopil.seed=%d repeats it)%n", seed, seed);
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(Boolean.getBoolean("jopil.long") ? 600 : 10);
        Mutator mutator = new Mutator(seed, seeds());
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            sensor.sampleEvery(1);
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), RING_BYTES)) {
                for (long n = 0; System.nanoTime() < until; n++) {
                    byte[] frame = mutator.next();
                    String where = "mutated frame " + n;
                    compare(sensor, "jopil_xdp", MOST_XDP_BYTES, reader, where, frame);
                    compare(sensor, "jopil_ingress", MOST_TC_BYTES, reader, where, frame);
                }
            }
        }
        System.out.printf("mutated frames: %d, %d values, all equal; %d not run%n", frames, values, notRun);
        assertTrue(notRun < frames / 4, notRun + " of " + frames);
        assertTrue(frames > 10_000, frames + " frames");
    }

    /** The kernel's own programs beside tshark; more than 0.1 % of the frames must not differ. */
    @Test
    void shouldReadMutatedFramesAsTsharkDoes(@TempDir Path folder) throws Exception {
        long seed = Long.getLong("jopil.seed", new Random().nextLong(1, Long.MAX_VALUE));
        System.out.printf("mutated frames for tshark: seed %d (-Djopil.seed=%d repeats it)%n", seed, seed);
        int count = Boolean.getBoolean("jopil.long") ? 300_000 : 10_000;
        Mutator mutator = new Mutator(seed, seeds());
        Path capture = folder.resolve("mutated.pcap");
        try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(capture))) {
            file.write(littleEndian(0xa1b2c3d4, 4 << 16 | 2, 0, 0, 0xFFFF, LinkType.ETHERNET.number()));
            for (int i = 0; i < count; i++) {
                byte[] frame = mutator.next();
                file.write(littleEndian(i, 0, frame.length, frame.length));
                file.write(frame);
            }
        }
        Process make = new ProcessBuilder("make", "-s", "compare", "CAPTURES=" + capture)
                .directory(Path.of(System.getProperty("jopil.root"), "bpf").toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(make.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        System.out.print(output);
        assertEquals(0, make.waitFor(), output);
        assertTrue(output.contains("tc mutated.pcap: " + count + " frames"), output);
    }

    private static byte[] littleEndian(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(words);
        return bytes.array();
    }

    /** Otherwise that all are equal would prove nothing. */
    @Test
    void shouldFindAParserThatIsWrong() throws Exception {
        Mutator mutator = new Mutator(1, seeds());
        HeaderParser wrong = new HeaderParser();
        int found = 0;
        for (int n = 0; n < 20_000 && found == 0; n++) {
            byte[] frame = mutator.next();
            parser.parse(frame, 0, frame.length, frame.length, false, false);
            // planted: the last byte is not looked at, as if a bound were off by one
            wrong.parse(frame, 0, frame.length - 1, frame.length, false, false);
            found += parser.headerBytes() == wrong.headerBytes() && parser.isIp() == wrong.isIp() ? 0 : 1;
        }
        assertEquals(1, found);
    }

    private static List<byte[]> seeds() throws Exception {
        List<byte[]> seeds = new ArrayList<>();
        for (Path file : Capture.all()) {
            Capture.read(file).frames().stream()
                    .filter(frame -> frame.linkType() == LinkType.ETHERNET.number())
                    .map(Capture.Frame::data)
                    .filter(data -> data.length >= LEAST_FRAME_BYTES && data.length < MOST_TC_BYTES)
                    .limit(200)
                    .forEach(seeds::add);
        }
        return seeds;
    }

    private void compare(TestSensor sensor, String program, int most, RingReader reader, String where, byte[] frame) {
        if (frame.length < LEAST_FRAME_BYTES || frame.length > most) {
            return;
        }
        try {
            sensor.object.program(program).testRun(frame, TestOptions.ONCE);
        } catch (BpfException e) {
            // some short frames the kernel itself does not take for a test run at tc
            assertTrue(program.equals("jopil_ingress") && e.getMessage().contains("EINVAL"), e.getMessage());
            notRun++;
            return;
        }
        Map<String, Object> kernel = new LinkedHashMap<>();
        int events = reader.drain((cpu, data, at, length) -> read(data, at, kernel), 2);
        assertEquals(1, events, where);
        parser.parse(frame, 0, frame.length, frame.length, false, false);
        assertEquals(
                kernel,
                java(frame.length),
                () -> where + " at " + program + ": " + HexFormat.of().formatHex(frame));
        frames++;
        values += kernel.size();
    }

    private static void read(MappedRegion data, long at, Map<String, Object> into) {
        int flags = data.getUnsignedShort(at + Layout.PACKET_EVENT_FLAGS_OFFSET);
        boolean ip = (flags & Layout.PACKET_IP) != 0;
        into.put("ether_type", data.getUnsignedShort(at + Layout.PACKET_EVENT_ETHER_TYPE_OFFSET));
        into.put("outer_vlan", data.getUnsignedShort(at + Layout.PACKET_EVENT_OUTER_VLAN_OFFSET));
        into.put("inner_vlan", data.getUnsignedShort(at + Layout.PACKET_EVENT_INNER_VLAN_OFFSET));
        into.put("layer3_offset", data.getUnsignedShort(at + Layout.PACKET_EVENT_LAYER3_OFFSET_OFFSET));
        into.put("ip", ip);
        into.put("ports", (flags & Layout.PACKET_PORTS) != 0);
        into.put("fragment", (flags & Layout.PACKET_FRAGMENT) != 0);
        into.put("later_fragment", (flags & Layout.PACKET_LATER_FRAGMENT) != 0);
        into.put("malformed", (flags & Layout.PACKET_MALFORMED) != 0);
        if (ip) {
            into.put("layer4_offset", data.getUnsignedShort(at + Layout.PACKET_EVENT_LAYER4_OFFSET_OFFSET));
            into.put("ip_protocol", data.getUnsignedByte(at + Layout.PACKET_EVENT_IP_PROTOCOL_OFFSET));
            into.put("tcp_flags", data.getUnsignedByte(at + Layout.PACKET_EVENT_TCP_FLAGS_OFFSET));
            into.put(
                    "src",
                    Addresses.text(
                            data.getLongBigEndian(at + Layout.PACKET_EVENT_SRC_OFFSET),
                            data.getLongBigEndian(at + Layout.PACKET_EVENT_SRC_OFFSET + Long.BYTES)));
            into.put(
                    "dst",
                    Addresses.text(
                            data.getLongBigEndian(at + Layout.PACKET_EVENT_DST_OFFSET),
                            data.getLongBigEndian(at + Layout.PACKET_EVENT_DST_OFFSET + Long.BYTES)));
            into.put("src_port", data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_SPORT_OFFSET));
            into.put("dst_port", data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_DPORT_OFFSET));
        }
        into.put("captured_bytes", data.getUnsignedShort(at + Layout.PACKET_EVENT_CAPTURED_BYTES_OFFSET));
    }

    private Map<String, Object> java(int frameBytes) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("ether_type", parser.etherType());
        all.put("outer_vlan", parser.outerVlan());
        all.put("inner_vlan", parser.innerVlan());
        all.put("layer3_offset", parser.layer3Offset());
        all.put("ip", parser.isIp());
        all.put("ports", parser.hasPorts());
        all.put("fragment", parser.isFragment());
        all.put("later_fragment", parser.isLaterFragment());
        all.put("malformed", parser.isMalformed());
        if (parser.isIp()) {
            all.put("layer4_offset", parser.layer4Offset());
            all.put("ip_protocol", parser.ipProtocol());
            all.put("tcp_flags", parser.tcpFlags());
            all.put("src", Addresses.text(parser.srcHi(), parser.srcLo()));
            all.put("dst", Addresses.text(parser.dstHi(), parser.dstLo()));
            all.put("src_port", parser.srcPort());
            all.put("dst_port", parser.dstPort());
        }
        parser.followTunnel();
        all.put(
                "captured_bytes",
                Math.min(Layout.PACKET_EVENT_DATA_LENGTH, Math.min(frameBytes, parser.headerBytes())));
        return all;
    }
}
