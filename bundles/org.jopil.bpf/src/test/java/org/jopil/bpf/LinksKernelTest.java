// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.concurrent.Callable;
import org.jopil.api.event.Direction;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.bpf.net.TcFilters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hooks of a veth pair in a namespace of its own. */
@Timeout(60)
class LinksKernelTest {
    private final String name = "jbl" + ProcessHandle.current().pid();
    private final NetworkNamespace namespace = NetworkNamespace.named(name);
    private TestSensor sensor;
    private int ifindex;

    @BeforeEach
    void makeNamespace() throws IOException {
        Privileged.require();
        Privileged.run("ip", "netns", "add", name);
        addVeth();
        sensor = new TestSensor(64 * 1024);
    }

    @AfterEach
    void deleteNamespace() throws IOException {
        if (sensor != null) {
            sensor.close();
            Privileged.run("ip", "netns", "del", name);
        }
    }

    private void addVeth() throws IOException {
        Privileged.run("ip", "-n", name, "link", "add", "va", "type", "veth", "peer", "name", "vb");
        Privileged.run("ip", "-n", name, "addr", "add", "192.0.2.1/24", "dev", "va");
        Privileged.run("ip", "-n", name, "link", "set", "va", "up");
        Privileged.run("ip", "-n", name, "link", "set", "vb", "up");
        ifindex = Links.find(namespace, "va").orElseThrow().index();
    }

    private <T> T inside(Callable<T> work) {
        return namespace.call(work);
    }

    private BpfProgram program(String program) {
        return sensor.object.program(program);
    }

    /** Sends through va to an address nobody has: ARP requests and, with a static neighbour, datagrams. */
    private void send(int datagrams) throws IOException {
        Privileged.run("ip", "-n", name, "neigh", "replace", "192.0.2.9", "lladdr", "02:00:00:00:00:09", "dev", "va");
        inside(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                for (int i = 0; i < datagrams; i++) {
                    socket.send(new DatagramPacket(new byte[10], 10, InetAddress.getByName("192.0.2.9"), 9));
                }
            }
            return null;
        });
    }

    private long udp(Direction direction) {
        try (MappedRegion counters = sensor.object.map("counters").map(false)) {
            long udp = Layout.COUNTERS_PROTOCOL_OFFSET + 17L * Layout.COUNTER_SIZE;
            long sum = 0;
            for (int cpu = 0; cpu < sensor.cpus; cpu++) {
                sum += counters.getLongAcquire(
                        (long) ((direction == Direction.INGRESS ? 0 : sensor.cpus) + cpu) * Layout.COUNTERS_SIZE + udp);
            }
            return sum;
        }
    }

    @Test
    void shouldCountAtTcxAndDetach() throws IOException {
        try (BpfLink link = inside(() -> program("jopil_egress").attachTcx(ifindex, Direction.EGRESS))) {
            assertEquals("tcx", link.kind());
            assertTrue(link.id() > 0);
            assertFalse(link.isSevered());
            send(20);
            assertEquals(20, udp(Direction.EGRESS));
            link.close();
            link.close();
            send(5);
            assertEquals(20, udp(Direction.EGRESS));
            assertTrue(link.isSevered());
        }
    }

    @Test
    void shouldSayWhoHoldsXdp() {
        BpfLoader loader = sensor.loader;
        assertTrue(inside(() -> loader.xdpHolder(ifindex)).isEmpty());
        try (BpfLink link = inside(() -> program("jopil_xdp").attachXdp(ifindex, XdpMode.NATIVE))) {
            XdpHolder holder = inside(() -> loader.xdpHolder(ifindex)).orElseThrow();
            assertEquals(new XdpHolder(program("jopil_xdp").id(), "native", "jopil_xdp"), holder);
            assertEquals("EBUSY", refused(() -> program("jopil_xdp").attachXdp(ifindex, XdpMode.NATIVE)));
            assertEquals("EEXIST", refused(() -> program("jopil_xdp_mark").attachXdp(ifindex, XdpMode.GENERIC)));
            assertEquals("xdp-native", link.kind());
        }
        try (BpfLink link = inside(() -> program("jopil_xdp_mark").attachXdp(ifindex, XdpMode.GENERIC))) {
            assertEquals(
                    "generic",
                    inside(() -> loader.xdpHolder(ifindex)).orElseThrow().mode());
            assertEquals("xdp-generic", link.kind());
        }
        assertTrue(inside(() -> loader.xdpHolder(ifindex)).isEmpty());
        assertEquals("ENODEV", refused(() -> program("jopil_xdp").attachXdp(999_999, XdpMode.NATIVE)));
        assertEquals(
                "ENODEV",
                assertThrows(BpfException.class, () -> inside(() -> loader.xdpHolder(999_999)))
                        .errno());
        assertEquals("EOPNOTSUPP", refused(() -> program("jopil_xdp").attachXdp(1, XdpMode.NATIVE)));
    }

    private String refused(Callable<BpfLink> attach) {
        return assertThrows(BpfException.class, () -> inside(attach)).errno();
    }

    @Test
    void shouldTakeJumboFramesWithFragsOnly() throws IOException {
        Privileged.run("ip", "-n", name, "link", "set", "va", "mtu", "9000");
        Privileged.run("ip", "-n", name, "link", "set", "vb", "mtu", "9000");
        inside(() -> program("jopil_xdp").attachXdp(ifindex, XdpMode.NATIVE)).close();
        try (BpfObject plain = sensor.loader.open("sensor.bpf.o")) {
            plain.withFrags("jopil_xdp", false).load();
            assertEquals("ERANGE", refused(() -> plain.program("jopil_xdp").attachXdp(ifindex, XdpMode.NATIVE)));
        }
    }

    @Test
    void shouldSeeThatALinkWasSevered() throws IOException {
        BpfLink byHand = inside(() -> program("jopil_egress").attachTcx(ifindex, Direction.EGRESS));
        BpfLink gone = inside(() -> program("jopil_ingress").attachTcx(ifindex, Direction.INGRESS));
        BpfLink xdp = inside(() -> program("jopil_xdp").attachXdp(ifindex, XdpMode.NATIVE));
        Privileged.run("bpftool", "link", "detach", "id", String.valueOf(byHand.id()));
        assertTrue(byHand.isSevered());
        assertFalse(gone.isSevered());
        Privileged.run("ip", "-n", name, "link", "del", "va");
        assertTrue(gone.isSevered());
        assertTrue(xdp.isSevered());
        byHand.close();
        gone.close();
        xdp.close();
    }

    @Test
    void shouldBeFirstAtIngressAndLastAtEgress() throws IOException {
        String drop = "SEC(\"tc\") int drop(struct __sk_buff *skb) { return 2; }";
        try (BpfObject other = Clang.open("drop.bpf.o", drop)) {
            other.load();
            // the foreign program was there before, and drops
            try (BpfLink foreign = inside(() -> other.program("drop").attachTcx(ifindex, Direction.EGRESS));
                    BpfLink ours = inside(() -> program("jopil_egress").attachTcx(ifindex, Direction.EGRESS))) {
                send(20);
                assertEquals(0, udp(Direction.EGRESS), "what does not leave is not counted as sent");
                assertFalse(foreign.isSevered() || ours.isSevered());
            }
            int peer = Links.find(namespace, "vb").orElseThrow().index();
            try (BpfLink foreign = inside(() -> other.program("drop").attachTcx(peer, Direction.INGRESS));
                    BpfLink ours = inside(() -> program("jopil_ingress").attachTcx(peer, Direction.INGRESS))) {
                send(20);
                assertEquals(20, udp(Direction.INGRESS), "what arrives is counted, whoever drops it then");
                assertFalse(foreign.isSevered() || ours.isSevered());
            }
        }
    }

    @Test
    void shouldCountAtClsactAndTakeTheQdiscWithTheLastFilter() throws IOException {
        BpfLink egress = inside(() -> program("jopil_egress").attachClsact(ifindex, Direction.EGRESS));
        BpfLink ingress = inside(() -> program("jopil_ingress").attachClsact(ifindex, Direction.INGRESS));
        BpfLink second = inside(() -> program("jopil_ingress").attachClsact(ifindex, Direction.INGRESS));
        assertEquals("clsact", egress.kind());
        assertEquals(3, inside(() -> TcFilters.list(ifindex)).size());
        assertTrue(inside(() -> TcFilters.list(ifindex)).stream()
                .allMatch(filter -> filter.name().startsWith("jopil_")));
        send(20);
        assertEquals(20, udp(Direction.EGRESS));
        assertFalse(inside(egress::isSevered));
        closeInside(egress);
        closeInside(egress);
        assertEquals(2, inside(() -> TcFilters.list(ifindex)).size());
        closeInside(second);
        closeInside(ingress);
        assertFalse(
                Privileged.run("tc", "-n", name, "qdisc", "show", "dev", "va").contains("clsact"));
    }

    @Test
    void shouldLeaveAForeignQdiscAndFilterAlone() throws IOException {
        Privileged.run("tc", "-n", name, "qdisc", "add", "dev", "va", "clsact");
        BpfLink ingress = inside(() -> program("jopil_ingress").attachClsact(ifindex, Direction.INGRESS));
        closeInside(ingress);
        assertTrue(
                Privileged.run("tc", "-n", name, "qdisc", "show", "dev", "va").contains("clsact"));
        BpfLink severed = inside(() -> program("jopil_ingress").attachClsact(ifindex, Direction.INGRESS));
        Privileged.run("tc", "-n", name, "filter", "del", "dev", "va", "ingress");
        assertTrue(inside(severed::isSevered));
        closeInside(severed);
    }

    private void closeInside(BpfLink link) {
        inside(() -> {
            link.close();
            return null;
        });
    }
}
