// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.lang.reflect.Proxy;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jopil.api.JopilException;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.Captures;
import org.jopil.api.source.Captures.Order;
import org.jopil.api.source.Captures.State;
import org.jopil.api.source.Captures.Target;
import org.jopil.api.source.Owners;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.PcapCompiler;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.filter.internal.PcapFilters;
import org.jopil.pcap.CaptureReader;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures of real traffic, between two namespaces. */
class CaptureKernelTest {
    private static final String NEAR = "jopil-capture-a";
    private static final String FAR = "jopil-capture-b";
    private static final String WIRE = FAR + "/w1";
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private CaptureService service;

    @BeforeEach
    void connect() throws Exception {
        Machine.needRoot();
        disconnect();
        for (String name : List.of(NEAR, FAR)) {
            Machine.run("ip", "netns", "add", name);
            // nobody but the test shall speak
            Machine.run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
            Machine.run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
        }
        Machine.run(
                "ip", "-n", NEAR, "link", "add", "w0", "mtu", "9000", "type", "veth", "peer", "name", "w1", "mtu",
                "9000", "netns", FAR);
        Machine.run("ip", "-n", NEAR, "link", "set", "w0", "arp", "off", "up");
        Machine.run("ip", "-n", FAR, "link", "set", "w1", "arp", "off", "up");
        Machine.run("ip", "-n", NEAR, "link", "set", "lo", "up");
        service = new CaptureService(
                new NativeBpfLoader(), new PcapFilters(new PcapCompiler()), new NothingHidden(), config(2));
    }

    @AfterEach
    void disconnect() throws Exception {
        if (service != null) {
            service.stop();
        }
        for (String name : List.of(NEAR, FAR)) {
            if (Files.exists(Path.of("/run/netns", name))) {
                Machine.run("ip", "netns", "del", name);
            }
        }
    }

    /** With tags, which the receiving kernel takes out of the frames and tells beside them. */
    @Test
    void shouldHaveEveryFrameOfACaptureThatIsReplayed() throws Exception {
        for (String name : List.of("tcpdump_QinQpacket.pcap", "ndpi_skype.pcap")) {
            Path original = Path.of(System.getProperty("jopil.pcaps"), name);
            List<byte[]> sent = frames(original);
            Path file = folder.resolve(name + "ng");
            try (Captures.Capture capture =
                    service.begin(order(WIRE, "", Captures.MAX_SNAPLEN, sent.size()), new Target.File(file))) {
                Machine.run("ip", "netns", "exec", NEAR, "tcpreplay", "--topspeed", "-qi", "w0", original.toString());
                State end = capture.await(LONG);
                assertFalse(end.running(), end::toString);
                assertEquals(sent.size(), end.matched(), end::toString);
                assertEquals(sent.size(), end.written(), end::toString);
                assertEquals(0, end.ringFull() + end.notWritten() + end.beyond(), end::toString);
                assertEquals("it has as many frames as were wanted", end.end());
            }
            List<byte[]> got = frames(file);
            assertEquals(sent.size(), got.size());
            for (int i = 0; i < sent.size(); i++) {
                assertArrayEquals(sent.get(i), got.get(i), "frame " + (i + 1));
            }
            String said = Machine.run("capinfos", file.toString());
            assertTrue(said.contains("Number of stat entries = 1"), said);
            assertTrue(said.contains("Name = " + WIRE + ":tc-ingress"), said);
        }
    }

    @Test
    void shouldStreamWhatTheFilterPicks() throws Exception {
        PipedInputStream in = new PipedInputStream(1 << 20);
        PipedOutputStream pipe = new PipedOutputStream(in);
        AtomicLong numbered = new AtomicLong();
        try (Captures.Capture capture = service.begin(
                        order(NEAR + "/lo", "udp dst port 9999", 0, 1000), new Target.Stream("test", number -> {
                            numbered.set(number);
                            return pipe;
                        }));
                CaptureReader reader = CaptureReader.open(in, "stream", CaptureReader.DEFAULT_MAX_BLOCK_BYTES)) {
            long before = System.currentTimeMillis() * 1_000_000;
            send(9998, 100, 30);
            send(9999, 60_000, 1);
            // each frame of lo goes out, and comes in
            for (String hook : List.of("tc-egress", "tc-ingress")) {
                assertTrue(reader.next());
                assertEquals(NEAR + "/lo:" + hook, reader.interfaceName());
                assertEquals(42, reader.capturedBytes());
                assertEquals(60_042, reader.lengthBytes());
                assertTrue(Math.abs(reader.timestampNs() - before) < 5_000_000_000L, "time " + reader.timestampNs());
            }
            assertEquals("kernel", capture.state().sources().get(0).filteredBy());
            assertFalse(service.end(numbered.get() + 1, "somebody"));
            assertTrue(service.end(numbered.get(), "somebody"));
            assertFalse(service.end(numbered.get(), "somebody else"));
            State end = capture.state();
            assertEquals("stopped by somebody", end.end());
            assertEquals(2, end.matched());
            assertEquals(62, end.seen());
            assertFalse(reader.next());
        }
    }

    @Test
    void shouldSayWhoseAFrameIs() throws Exception {
        Path file = folder.resolve("owner.pcapng");
        List<String> asked = new ArrayList<>();
        service.owners = new Owners() {
            @Override
            public Optional<Owner> of(long socketCookie) {
                return Optional.empty();
            }

            @Override
            public Optional<Owner> of(
                    String namespace, int protocol, long sHi, long sLo, int sPort, long dHi, long dLo, int dPort) {
                asked.add(namespace + " " + protocol + " " + Addresses.text(sHi, sLo) + " " + Addresses.text(dHi, dLo)
                        + " " + dPort);
                return Optional.of(new Owner(812, "nginx", 0, 0));
            }
        };
        try (Captures.Capture capture = service.begin(order(NEAR + "/lo", "udp", 0, 2), new Target.File(file))) {
            send(9999, 10, 1);
            assertEquals(2, capture.await(LONG).written());
        }
        assertEquals(Collections.nCopies(2, NEAR + " 17 127.0.0.1 127.0.0.1 9999"), asked);
        try (CaptureReader in = CaptureReader.open(file)) {
            assertTrue(in.next());
            assertEquals(List.of("process nginx[812]"), in.options().comments());
        }
    }

    @Test
    void shouldKeepWholeDatagramsOfLo() throws Exception {
        Path file = folder.resolve("large.pcapng");
        try (Captures.Capture capture =
                service.begin(order(NEAR + "/lo", "udp", Captures.MAX_SNAPLEN, 8), new Target.File(file))) {
            for (int payload : new int[] {1, 5_000, 20_000, 60_000}) {
                send(9999, payload, 1);
            }
            assertEquals(8, capture.await(LONG).written());
        }
        assertEquals(
                List.of(43, 43, 5_042, 5_042, 20_042, 20_042, 60_042, 60_042),
                frames(file).stream().map(frame -> frame.length).sorted().toList());
    }

    @Test
    void shouldEndWholeOnAFullDisk() throws Exception {
        Machine.run("mount", "-t", "tmpfs", "-o", "size=1m", "jopil-capture", folder.toString());
        try {
            Path file = folder.resolve("full.pcapng");
            try (Captures.Capture capture =
                    service.begin(order(NEAR + "/lo", "udp", Captures.MAX_SNAPLEN, 100_000), new Target.File(file))) {
                send(9999, 10_000, 200);
                State end = capture.await(LONG);
                assertFalse(end.running());
                assertEquals("the output failed: No space left on device", end.end());
                assertTrue(end.notWritten() > 0, end::toString);
                assertEquals(end.matched(), end.written() + end.ringFull() + end.notWritten() + end.beyond());
                assertEquals(end.written(), frames(file).size());
                assertEquals(end.writtenBytes(), Files.size(file));
            }
        } finally {
            Machine.run("umount", folder.toString());
        }
    }

    @Test
    void shouldEndWhenTheInterfaceGoes() throws Exception {
        try (Captures.Capture capture =
                service.begin(order(WIRE, "", 0, 100), new Target.File(folder.resolve("gone.pcapng")))) {
            Machine.run("ip", "-n", NEAR, "link", "del", "w0");
            State end = capture.await(LONG);
            assertEquals("the interface has gone, or somebody detached the programs", end.end());
        }
    }

    @Test
    void shouldEndByTimeAndKeepTheAudit() throws Exception {
        Order order = new Order(NEAR + "/lo", "icmp", 0, 100, Duration.ofMillis(300), "a test");
        try (Captures.Capture capture = service.begin(order, new Target.File(folder.resolve("quiet.pcapng")))) {
            assertEquals("its time was over", capture.await(LONG).end());
        }
        Captures.Entry entry = service.entries().get(0);
        assertEquals("a test", entry.order().who());
        assertFalse(entry.state().running());
        assertEquals(folder.resolve("quiet.pcapng").toString(), entry.output());
    }

    @Test
    void shouldRefuseWhatCannotBe() throws Exception {
        Target file = new Target.File(folder.resolve("x.pcapng"));
        assertEquals("JOPIL-124", code(order("nosuch0", "", 0, 1), file));
        assertEquals("JOPIL-124", code(order("nosuch/lo", "", 0, 1), file));
        assertEquals("JOPIL-400", code(order("lo", "", -1, 1), file));
        assertEquals("JOPIL-163", code(order("lo", "", 0, 1), new Target.File(folder.resolve("no/such/file"))));
        service.modified(config(0));
        assertEquals("JOPIL-164", code(order("lo", "", 0, 1), file));
        assertEquals(List.of(), service.entries());
    }

    private String code(Order order, Target target) {
        return assertThrows(
                        JopilException.class, () -> service.begin(order, target).close())
                .code();
    }

    private static Order order(String interfaces, String filter, int snaplen, long most) {
        return new Order(interfaces, filter, snaplen, most, LONG, "test");
    }

    private static void send(int port, int payload, int times) {
        NetworkNamespace.named(NEAR).call(() -> {
            try (DatagramSocket socket = new DatagramSocket();
                    DatagramSocket receiver = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
                for (int i = 0; i < times; i++) {
                    socket.send(new DatagramPacket(
                            new byte[payload], payload, InetAddress.getLoopbackAddress(), receiver.getLocalPort()));
                }
            }
            return null;
        });
    }

    private static List<byte[]> frames(Path file) throws IOException {
        List<byte[]> frames = new ArrayList<>();
        try (InputStream bytes = Files.newInputStream(file);
                CaptureReader in = CaptureReader.open(bytes, "test", CaptureReader.DEFAULT_MAX_BLOCK_BYTES)) {
            while (in.next()) {
                frames.add(Arrays.copyOfRange(in.data(), in.dataIndex(), in.dataIndex() + in.capturedBytes()));
            }
        }
        return frames;
    }

    private static CaptureConfig config(int mostCaptures) {
        return (CaptureConfig) Proxy.newProxyInstance(
                CaptureConfig.class.getClassLoader(),
                new Class<?>[] {CaptureConfig.class},
                (proxy, method, arguments) ->
                        method.getName().equals("most__captures") ? mostCaptures : method.getDefaultValue());
    }
}
