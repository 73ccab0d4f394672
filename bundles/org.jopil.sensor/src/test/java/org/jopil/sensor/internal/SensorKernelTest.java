// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.JopilException;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Ledger;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.bus.PayloadColumns;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The sensor on real interfaces. */
@Timeout(60)
class SensorKernelTest {
    private static final int DATAGRAMS = 20_000;
    private static final int PAYLOAD = 100;
    private static final int FRAME = 14 + 20 + 8 + PAYLOAD;

    private BpfLoader loader = new NativeBpfLoader();
    private final TestBus bus = new TestBus();
    private Machine machine;
    private List<String> descriptorsBefore;
    private NetworkNamespace home = NetworkNamespace.current();
    private Path data;
    private Sensor sensor;

    @BeforeEach
    void setUp() {
        Machine.require();
        machine = new Machine();
        descriptorsBefore = Machine.bpfDescriptors();
    }

    @AfterEach
    void tearDown() {
        if (machine != null) {
            if (sensor != null) {
                sensor.stop();
            }
            machine.close();
            // what did not end in time closes when it ends
            Machine.await(
                    "all closed but " + descriptorsBefore,
                    10,
                    () -> descriptorsBefore.equals(Machine.bpfDescriptors()));
        }
    }

    private void start(String interfaces, Object... changes) {
        Map<String, Object> config = new HashMap<>();
        config.put("interfaces", interfaces);
        config.put("flow_capacity_ipv4", 16_384);
        config.put("flow_capacity_ipv6", 16_384);
        for (int i = 0; i < changes.length; i += 2) {
            config.put((String) changes[i], changes[i + 1]);
        }
        sensor = new Sensor(loader, bus, new NothingHidden(), Configs.of(config), data, home);
    }

    private void startAttached(String name, Object... changes) {
        start(name, changes);
        Machine.await(
                name + " attached: " + sensor.check(), 5, () -> status(name).attached());
    }

    private InterfaceStatus status(String name) {
        return sensor.interfaces().list().stream()
                .filter(status -> status.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Packets and bytes of one protocol. */
    private long[] counted(int interfaceId, Direction wanted, int wantedProtocol) {
        long[] sum = new long[2];
        sensor.counters().read((id, direction, cpu, protocol, packets, bytes) -> {
            if (id == interfaceId && direction == wanted && (wantedProtocol < 0 || protocol == wantedProtocol)) {
                sum[0] += packets;
                sum[1] += bytes;
            }
        });
        return sum;
    }

    private long udp(String name, Direction direction) {
        return counted(status(name).id(), direction, Protocols.UDP)[0];
    }

    private long[] events() {
        long[] sum = new long[4];
        sensor.counters().read(new Counters.Visitor() {
            @Override
            public void counter(int id, Direction direction, int cpu, int protocol, long packets, long bytes) {}

            @Override
            public void events(int id, Direction direction, long observed, long submitted, long out, long full) {
                sum[0] += observed;
                sum[1] += submitted;
                sum[2] += out;
                sum[3] += full;
            }
        });
        return sum;
    }

    @ParameterizedTest
    @EnumSource(AttachMode.class)
    void shouldCountEveryPacketInEveryMode(AttachMode mode) {
        String name = machine.a + "/va";
        startAttached(name, "mode", mode.text());
        InterfaceStatus status = status(name);
        assertEquals(mode, status.mode());
        assertEquals(mode == AttachMode.NATIVE ? "xdp-native" : "tcx", status.ingressHook());
        assertEquals("tcx", status.egressHook());
        long received = status.devicePackets().received();
        long sent = status.devicePackets().sent();

        Map<Integer, Long> flows = new HashMap<>();
        try (FlowSource.Claim claim = sensor.flowSource().claim()) {
            Machine.send(machine.b, Machine.ADDRESS_A, DATAGRAMS, 50, PAYLOAD);
            claim.scan(change -> check(change, flows));
            Machine.send(machine.a, Machine.ADDRESS_B, DATAGRAMS, 50, PAYLOAD);
            claim.scan(change -> check(change, flows));
        }
        assertEquals(100, flows.size());
        flows.forEach((port, packets) -> assertEquals(DATAGRAMS / 50, packets, "flow " + port));
        for (Direction direction : Direction.values()) {
            long[] udp = counted(status.id(), direction, Protocols.UDP);
            assertEquals(DATAGRAMS, udp[0], direction.text());
            assertEquals((long) DATAGRAMS * FRAME, udp[1], direction.text());
        }
        InterfaceStatus after = status(name);
        assertEquals(after.devicePackets().received() - received, counted(status.id(), Direction.INGRESS, -1)[0]);
        assertEquals(after.devicePackets().sent() - sent, counted(status.id(), Direction.EGRESS, -1)[0]);
        List<Ledger.Count> counts = sensor.flowBook().counts();
        assertFalse(counts.isEmpty());
        counts.forEach(SensorKernelTest::assertAddsUp);
        assertEquals(0, sensor.flowBook().undrained());
        assertEquals(
                HealthCheck.Status.UP, sensor.check().status(), sensor.check().message());
        assertEvents(status.id());
    }

    private static void check(FlowSource.Change change, Map<Integer, Long> flows) {
        boolean in = change.direction() == Direction.INGRESS;
        if (change.ipProtocol() != Protocols.UDP) {
            return; // ICMP port unreachable: nobody listens
        }
        assertEquals(in ? Machine.ADDRESS_B : Machine.ADDRESS_A, Addresses.text(change.srcHi(), change.srcLo()));
        assertEquals(in ? Machine.ADDRESS_A : Machine.ADDRESS_B, Addresses.text(change.dstHi(), change.dstLo()));
        assertEquals(9, change.dstPort());
        assertEquals(change.packets() * FRAME, change.bytes());
        long age = KernelClock.nowNs() - change.lastSeenNs();
        assertTrue(age > -20_000_000L && age < 20_000_000_000L, "last seen " + age + " ns ago");
        assertTrue(change.firstSeenNs() <= change.lastSeenNs());
        flows.merge((in ? 0 : 1 << 16) + change.srcPort(), change.packets(), Long::sum);
    }

    private void assertEvents(int interfaceId) {
        long[] events = events();
        assertEquals(events[0], events[1] + events[2] + events[3], "observed = submitted + sampled out + ring full");
        assertTrue(events[1] > 0);
        Machine.await("all events on the bus", 8, () -> bus.rows() == events()[1]);
        long weight = bus.sum(interfaceId, (batch, row) -> batch.weight(row));
        assertTrue(weight > 0 && weight <= 2 * events[0], weight + " of " + events[0]);
        long now = KernelClock.nowNs();
        bus.batches().forEach(batch -> {
            for (int row = 0; row < batch.size(); row++) {
                assertTrue(Math.abs(now - batch.timestampNs(row)) < 60_000_000_000L);
                assertTrue(row == 0 || batch.timestampNs(row) >= batch.timestampNs(row - 1), "oldest first");
            }
        });
    }

    @Test
    void shouldTellEveryPacketWhereThereIsRoom() {
        String name = machine.a + "/va";
        startAttached(name, "packet_events_per_second", 10_000_000, "ring_kib", 8192);
        Machine.send(machine.b, Machine.ADDRESS_A, 5000, 1, PAYLOAD);
        int id = status(name).id();
        long[] expected = events();
        assertEquals(0, expected[2], "sampled out");
        Machine.await("all events", 8, () -> bus.rows() == expected[0]);
        assertEquals(5000, bus.sum(id, (batch, row) -> batch.direction(row) == Direction.INGRESS ? 1 : 0));
        bus.batches().forEach(batch -> {
            for (int row = 0; row < batch.size(); row++) {
                if (batch.direction(row) == Direction.INGRESS) {
                    assertEquals(FRAME, batch.wireBytes(row));
                    assertEquals(20_000, batch.srcPort(row));
                    assertEquals(9, batch.dstPort(row));
                    assertTrue(batch.hasPorts(row));
                    assertEquals(42, batch.capturedLength(row), "headers only");
                    byte[] captured = new byte[192];
                    batch.copyCaptured(row, captured, 0);
                    assertEquals(0x45, captured[14]);
                }
            }
        });
    }

    @Test
    void shouldStayExactWhileItIsReadAndScanned() throws Exception {
        String name = machine.a + "/va";
        startAttached(name, "flow_capacity_ipv4", 1024);
        int id = status(name).id();
        int datagrams = 100_000;
        List<Thread> senders = List.of(
                new Thread(() -> Machine.flood(machine.b, Machine.ADDRESS_A, datagrams, 1500)),
                new Thread(() -> Machine.flood(machine.a, Machine.ADDRESS_B, datagrams, 1500)));
        senders.forEach(Thread::start);
        Map<Integer, Long> flows = new HashMap<>();
        long[] last = new long[2];
        int scans = 0;
        try (FlowSource.Claim claim = sensor.flowSource().claim()) {
            boolean more = true;
            while (more) {
                more = senders.stream().anyMatch(Thread::isAlive);
                claim.scan(change -> {
                    if (change.ipProtocol() == Protocols.UDP) {
                        int key = change.direction().ordinal() << 16 | change.srcPort();
                        flows.merge(key, change.packets(), Long::sum);
                    }
                });
                scans++;
                sensor.flowBook().counts().forEach(SensorKernelTest::assertAddsUp);
                // a CPU can be taken away between two of its stores: looked at again, as the ledger does
                Machine.await("observed = submitted + sampled out + ring full", 5, () -> {
                    long[] events = events();
                    return events[0] == events[1] + events[2] + events[3];
                });
                for (Direction direction : Direction.values()) {
                    long now = counted(id, direction, -1)[0];
                    assertTrue(now >= last[direction.ordinal()], "never back");
                    last[direction.ordinal()] = now;
                }
            }
            for (Thread sender : senders) {
                sender.join();
            }
            claim.scan(change -> flows.merge(
                    change.direction().ordinal() << 16 | change.srcPort(),
                    change.ipProtocol() == Protocols.UDP ? change.packets() : 0,
                    Long::sum));
        }
        assertTrue(scans > 10, scans + " scans");
        long[] overflow = new long[2];
        sensor.counters().read(new Counters.Visitor() {
            @Override
            public void counter(int i, Direction direction, int cpu, int protocol, long packets, long bytes) {}

            @Override
            public void overflow(int i, Direction direction, int protocol, long packets, long bytes) {
                overflow[direction.ordinal()] += protocol == Protocols.UDP ? packets : 0;
            }
        });
        for (Direction direction : Direction.values()) {
            assertEquals(datagrams, counted(id, direction, Protocols.UDP)[0]);
            long inFlows = flows.entrySet().stream()
                    .filter(e -> e.getKey() >> 16 == direction.ordinal())
                    .mapToLong(Map.Entry::getValue)
                    .sum();
            assertEquals(datagrams, inFlows + overflow[direction.ordinal()]);
        }
        sensor.flowBook().counts().forEach(SensorKernelTest::assertAddsUp);
        // stock is taken five times a second: the last one may be of before the last packet
        Machine.await(
                "the bus got as many as the kernel submitted, and nothing is on its way",
                5,
                () -> onBus() == events()[1]
                        && sensor.handOffs().stream()
                                .allMatch(place -> place.waiting() == 0 && place.difference() == 0));
    }

    private long onBus() {
        return sensor.handOffs().stream()
                .filter(place -> place.layer().equals(HandOffs.BUS))
                .mapToLong(HandOffs.HandOff::passed)
                .sum();
    }

    private static void assertAddsUp(Ledger.Count count) {
        assertEquals(0, count.difference(), count.toString());
        assertEquals(0, count.bytes().difference(), count.toString());
    }

    @Test
    void shouldSayWhoHoldsXdpAndDisplaceNobody() {
        String name = machine.a + "/va";
        Sensor first = new Sensor(
                loader,
                new TestBus(),
                new NothingHidden(),
                Configs.of(Map.of("interfaces", name, "mode", "native")),
                null,
                home);
        try {
            start(machine.a + "/lo");
            Machine.await("first", 5, () -> first.interfaces().list().stream()
                    .anyMatch(s -> s.name().equals(name) && s.attached()));
            JopilException taken =
                    assertThrows(JopilException.class, () -> sensor.interfaces().attach(name, AttachMode.NATIVE));
            assertEquals("JOPIL-120", taken.code());
            assertEquals(409, taken.status());
            assertEquals(name + " already runs another XDP program", taken.title());
            assertTrue(taken.detail().startsWith("Program \"jopil_xdp\" (id "), taken.detail());
            assertTrue(taken.detail().contains("native"), taken.detail());
            JopilException other =
                    assertThrows(JopilException.class, () -> sensor.interfaces().attach(name, AttachMode.GENERIC));
            assertEquals("JOPIL-121", other.code());
            assertEquals(
                    AttachMode.TCX,
                    sensor.interfaces().attach(name, AttachMode.TCX).mode());
            Machine.send(machine.b, Machine.ADDRESS_A, 1000, 1, PAYLOAD);
            assertEquals(1000, udp(name, Direction.INGRESS));
            long[] theirs = new long[1];
            first.counters()
                    .read((id, direction, cpu, protocol, packets, bytes) ->
                            theirs[0] += direction == Direction.INGRESS && protocol == Protocols.UDP ? packets : 0);
            assertEquals(1000, theirs[0], "the first one still counts");
        } finally {
            first.stop();
        }
        assertEquals(
                "xdp-native",
                sensor.interfaces().attach(name, AttachMode.NATIVE).ingressHook());
    }

    @Test
    void shouldFollowAnInterfaceThatGoesAndComesBackTwentyTimes() {
        String name = machine.a + "/va";
        startAttached(name);
        int id = status(name).id();
        long expected = 0;
        int index = status(name).index();
        for (int round = 0; round < 20; round++) {
            Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
            expected += 100;
            Machine.run("ip", "-n", machine.a, "link", "del", "va");
            machine.addVeth("va");
            int before = index;
            // faster than its second, so that twenty rounds take seconds
            Machine.await("attached again", 8, () -> {
                sensor.followNow();
                return status(name).attached()
                        && status(name).index() > 0
                        && status(name).index() != before;
            });
            index = status(name).index();
            assertEquals(id, status(name).id());
            assertEquals(expected, udp(name, Direction.INGRESS), "round " + round);
        }
        Machine.run("ip", "-n", machine.a, "link", "del", "va");
        Machine.await("gone", 8, () -> status(name).state() == InterfaceStatus.State.GONE);
        assertTrue(
                status(name).why().startsWith("JOPIL-124 va disappeared at "),
                status(name).why());
        assertEquals(HealthCheck.Status.DOWN, sensor.check().status());
        machine.addVeth("va");
        Machine.await("back by itself", 8, () -> status(name).attached());
    }

    @Test
    void shouldFollowARename() {
        String name = machine.a + "/va";
        startAttached(name);
        int id = status(name).id();
        Machine.run("ip", "-n", machine.a, "link", "set", "va", "name", "uplink0");
        String renamed = machine.a + "/uplink0";
        Machine.await("renamed", 8, () -> sensor.interfaces().name(id).equals(renamed));
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        assertEquals(100, udp(renamed, Direction.INGRESS));
        assertEquals(id, status(renamed).id());
        assertTrue(status(renamed).attached());
    }

    @Test
    void shouldSurviveTheEndOfANamespace() {
        String name = machine.a + "/va";
        startAttached(name);
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        Machine.run("ip", "netns", "del", machine.a);
        Machine.await("gone", 8, () -> status(name).state() == InterfaceStatus.State.GONE);
        assertEquals(100, udp(name, Direction.INGRESS));
        // the peer goes with the namespace: nothing of ours holds it
        Machine.await("peer gone", 8, () -> !Machine.run("ip", "-n", machine.b, "-o", "link")
                .contains("vb"));
        Machine.addNamespace(machine.a);
        machine.addVeth("va");
        Machine.await("attached again", 8, () -> status(name).attached());
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        assertEquals(200, udp(name, Direction.INGRESS));
    }

    @Test
    void shouldNoticeASeveredLinkAndMendIt() {
        String name = machine.a + "/va";
        startAttached(name, "mode", "tcx");
        int program = status(name).programIds().get(0);
        String links = Machine.run("bpftool", "-j", "link", "show");
        Matcher link = Pattern.compile("\"id\":(\\d+),[^}]*\"prog_id\":" + program + "\\b")
                .matcher(links);
        assertTrue(link.find(), links);
        Machine.run("bpftool", "link", "detach", "id", link.group(1));
        // it is mended a second later
        Machine.await("noticed", 8, () -> {
            HealthCheck.Result health = sensor.check();
            return health.status() == HealthCheck.Status.DEGRADED
                    && health.message().contains("detached from outside");
        });
        Machine.await("mended", 8, () -> status(name).state() == InterfaceStatus.State.ATTACHED);
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        assertEquals(100, udp(name, Direction.INGRESS));
    }

    @Test
    void shouldCountOnceOnLoopback() {
        String name = machine.a + "/lo";
        startAttached(name);
        assertEquals("", status(name).egressHook());
        assertTrue(status(name).why().contains("ingress only"), status(name).why());
        Machine.send(machine.a, "127.0.0.1", 1000, 1, PAYLOAD);
        assertEquals(1000, udp(name, Direction.INGRESS));
        InterfaceStatus generic = sensor.interfaces().attach(name, AttachMode.NATIVE);
        assertTrue(generic.why().startsWith("JOPIL-122 Driver 'lo' has no native XDP"), generic.why());
        Machine.send(machine.a, "127.0.0.1", 1000, 1, PAYLOAD);
        assertEquals(2000, udp(name, Direction.INGRESS));
    }

    @Test
    void shouldReadALayer3Device() throws Exception {
        try (Tun tun = new Tun(machine.a, "tun0")) {
            Machine.run("ip", "-n", machine.a, "addr", "add", "198.51.100.1/24", "dev", "tun0");
            Machine.run("ip", "-n", machine.a, "link", "set", "tun0", "up");
            String name = machine.a + "/tun0";
            startAttached(name);
            tun.write(Tun.udp(0xC6336402, 0xC6336401, 4000, 53, 20));
            Machine.await("counted", 8, () -> udp(name, Direction.INGRESS) == 1);
            assertEquals(48, counted(status(name).id(), Direction.INGRESS, Protocols.UDP)[1]);
            Machine.send(machine.a, "198.51.100.2", 10, 1, PAYLOAD);
            assertEquals(10, udp(name, Direction.EGRESS));
            assertEquals("tun", status(name).driver());
            Machine.await("event", 8, () -> bus.rows() > 0);
            assertTrue(bus.batches().get(0).isLayer3(0));
        }
    }

    @Test
    void shouldTakeJumboFramesInNativeMode() {
        Machine.run("ip", "-n", machine.a, "link", "set", "va", "mtu", "9000");
        Machine.run("ip", "-n", machine.b, "link", "set", "vb", "mtu", "9000");
        String name = machine.a + "/va";
        startAttached(name, "mode", "native");
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, 8000);
        long[] udp = counted(status(name).id(), Direction.INGRESS, Protocols.UDP);
        assertEquals(100, udp[0]);
        assertEquals(100L * (14 + 20 + 8 + 8000), udp[1]);
    }

    @Test
    void shouldCountWhatIsNotIpByItsEtherType() {
        try (Tun tap = Tun.tap(machine.a, "tap0")) {
            Machine.run("ip", "-n", machine.a, "link", "set", "tap0", "up");
            String name = machine.a + "/tap0";
            startAttached(name);
            int id = status(name).id();
            for (int i = 0; i < 3; i++) {
                tap.write(Tun.frame(0x88B5, 60));
            }
            tap.write(Tun.frame(46, 60));
            tap.write(Tun.frame(0x0806, 42));
            Machine.await("counted", 8, () -> counted(id, Direction.INGRESS, -1)[0] == 5);
            assertEquals(180, counted(id, Direction.INGRESS, Protocols.ofEtherType(0x88B5))[1]);
            assertEquals(1, counted(id, Direction.INGRESS, Protocols.ofEtherType(0))[0]);
            assertEquals(1, counted(id, Direction.INGRESS, Protocols.ARP)[0]);
            assertEquals(0, counted(id, Direction.INGRESS, Protocols.NON_IP)[0]);
            sensor.interfaces().detach(name);
            assertEquals(3, counted(id, Direction.INGRESS, Protocols.ofEtherType(0x88B5))[0]);
        }
    }

    @Test
    void shouldWatchAnyInterfaceThatIsUp() {
        home = NetworkNamespace.named(machine.a);
        start("any", "exclude", "skip*", "max_interfaces", 3);
        Machine.await("va", 8, () -> status("va").attached());
        assertFalse(status("lo").attached());
        assertEquals("any leaves the loopback interface out", status("lo").why());
        for (String name : List.of("p1", "skip1", "p2", "p3")) {
            Machine.run("ip", "-n", machine.a, "link", "add", name, "up", "type", "veth", "peer", "name", name + "x");
        }
        // p3 may have come after the look that found p2
        Machine.await(
                "p2, and no room for p3",
                8,
                () -> status("p2").attached() && status("p3").why().equals("there are more than max_interfaces"));
        assertEquals("excluded by configuration", status("skip1").why());
        assertEquals("down", status("p1x").why());
        Machine.run("ip", "-n", machine.a, "link", "del", "p1");
        Machine.await("p3 in its place", 8, () -> status("p3").attached());
        assertTrue(sensor.interfaces().list().stream().noneMatch(s -> s.name().equals("p1")));
        assertEquals(
                HealthCheck.Status.UP, sensor.check().status(), sensor.check().message());
    }

    @Test
    void shouldTakeTheDefaultRoutesInterfaceElseLoopback() {
        home = NetworkNamespace.named(machine.a);
        start("");
        Machine.await("lo", 8, () -> status("lo").attached());
        assertFalse(status("va").attached());
        sensor.stop();
        Machine.run("ip", "-n", machine.a, "route", "add", "default", "via", Machine.ADDRESS_B);
        start("");
        Machine.await("va", 8, () -> status("va").attached());
    }

    @Test
    void shouldShowTheTimeOfAKilledInstanceAsAGap(@TempDir Path directory) {
        data = directory;
        long last = KernelClock.nowNs() - 5_000_000_000L;
        new Heartbeat(data).beat(last);
        startAttached(machine.a + "/va");
        Machine.await("gap", 8, () -> !sensor.flowBook().gaps().isEmpty());
        Ledger.Gap gap = sensor.flowBook().gaps().get(0);
        assertEquals("killed", gap.reason());
        assertEquals(last, gap.startNs());
        assertTrue(gap.endNs() > last + 5_000_000_000L && gap.endNs() <= KernelClock.nowNs());
        sensor.stop();
        assertTrue(new Heartbeat(data).killedNs().isEmpty(), "this one stopped");
    }

    @Test
    void shouldKeepAGapOpenUntilSomethingIsRecordedAgain(@TempDir Path directory) {
        data = directory;
        new Heartbeat(data).beat(42);
        start(machine.a + "/missing");
        Machine.await("a look", 8, () -> sensor.check().message().contains("JOPIL-124"));
        sensor.followNow();
        assertEquals(OptionalLong.of(42), new Heartbeat(data).killedNs(), "another kill belongs to the same gap");
        sensor.stop();
        assertEquals(OptionalLong.of(42), new Heartbeat(data).killedNs(), "nothing was recorded in between");
    }

    @Test
    void shouldSayThatAnInterfaceDoesNotExist() {
        start(machine.a + "/vaa");
        JopilException unknown = assertThrows(
                JopilException.class, () -> sensor.interfaces().attach(machine.a + "/vc", AttachMode.AUTO));
        assertEquals("JOPIL-124", unknown.code());
        assertEquals("Interface " + machine.a + "/vc does not exist", unknown.title());
        assertTrue(unknown.detail().contains("Did you mean " + machine.a + "/va? "), unknown.detail());
        JopilException namespace = assertThrows(
                JopilException.class, () -> sensor.interfaces().attach("nowhere-at-all/eth0", AttachMode.AUTO));
        assertTrue(namespace.detail().contains("There is no network namespace nowhere-at-all"), namespace.detail());
        Machine.await("said so", 8, () -> sensor.check().message().contains("JOPIL-124"));
        assertEquals(HealthCheck.Status.DOWN, sensor.check().status());
    }

    @Test
    void shouldKeepCountsOverDetachAndResize() {
        String name = machine.a + "/va";
        startAttached(name);
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        int id = status(name).id();
        assertEquals(
                InterfaceStatus.State.DETACHED, sensor.interfaces().detach(name).state());
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        assertEquals(100, counted(id, Direction.INGRESS, Protocols.UDP)[0]);
        assertEquals(id, sensor.interfaces().attach(name, AttachMode.AUTO).id());
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        assertEquals(200, counted(id, Direction.INGRESS, Protocols.UDP)[0]);
        sensor.modified(Configs.of(Map.of("interfaces", name, "flow_capacity_ipv4", 4096)));
        Machine.await("attached anew", 8, () -> status(name).attached());
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        assertEquals(300, counted(id, Direction.INGRESS, Protocols.UDP)[0]);
    }

    @Test
    void shouldUseClsactWhereThereIsNoTcx() {
        loader = OldKernel.withoutTcx(loader);
        String name = machine.a + "/va";
        startAttached(name, "mode", "generic");
        assertEquals("clsact", status(name).ingressHook());
        assertEquals("clsact", status(name).egressHook());
        Machine.send(machine.b, Machine.ADDRESS_A, 1000, 1, PAYLOAD);
        Machine.send(machine.a, Machine.ADDRESS_B, 1000, 1, PAYLOAD);
        assertEquals(1000, udp(name, Direction.INGRESS));
        assertEquals(1000, udp(name, Direction.EGRESS));
        Machine.run("tc", "-n", machine.a, "filter", "del", "dev", "va", "ingress");
        Machine.await("noticed", 8, () -> status(name).state() == InterfaceStatus.State.DEGRADED);
        Machine.await("mended", 8, () -> status(name).state() == InterfaceStatus.State.ATTACHED);
        Machine.send(machine.b, Machine.ADDRESS_A, 1000, 1, PAYLOAD);
        assertEquals(2000, udp(name, Direction.INGRESS));
        sensor.stop();
        assertFalse(
                Machine.run("tc", "-n", machine.a, "qdisc", "show", "dev", "va").contains("clsact"));
    }

    @Test
    void shouldStopThoughAConsumerHangs() throws Exception {
        startAttached(machine.a + "/va");
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, PAYLOAD);
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        FlowSource.Claim claim = sensor.flowSource().claim();
        Thread consumer = new Thread(() -> claim.scan(change -> {
            entered.countDown();
            try {
                leave.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        consumer.start();
        entered.await();
        long begin = System.nanoTime();
        sensor.stop();
        assertTrue(System.nanoTime() - begin < 3_000_000_000L);
        assertFalse(
                Machine.run("ip", "-n", machine.a, "-d", "link", "show", "va").contains("xdp"));
        leave.countDown();
        consumer.join();
        claim.close();
    }

    @Test
    void shouldSayWhatIsMissingWhenTheKernelRefuses() {
        loader = OldKernel.refusingToLoad(loader);
        start(machine.a + "/va");
        assertEquals(HealthCheck.Status.DOWN, sensor.check().status());
        assertTrue(sensor.check().message().startsWith("JOPIL-101 JOPIL may not load eBPF programs"));
        String name = machine.a + "/va";
        JopilException refused =
                assertThrows(JopilException.class, () -> sensor.interfaces().attach(name, AttachMode.AUTO));
        assertEquals("JOPIL-101", refused.code());
        Machine.await("told", 8, () -> status(name).why().startsWith("JOPIL-101"));
        assertEquals(0, sensor.kernelBytes());
        assertEquals(0, counted(1, Direction.INGRESS, -1)[0]);
    }

    /** The payloads told of datagrams to a port, by source port. */
    private Map<Integer, List<byte[]>> payloads(int dstPort) {
        Map<Integer, List<byte[]>> bySource = new TreeMap<>();
        for (PayloadColumns batch : bus.payloads.batches()) {
            for (int row = 0; row < batch.size; row++) {
                if (batch.dstPort(row) == dstPort) {
                    byte[] bytes = new byte[batch.capturedLength(row)];
                    batch.copyCaptured(row, bytes, 0);
                    bySource.computeIfAbsent(batch.srcPort(row), port -> new ArrayList<>())
                            .add(bytes);
                }
            }
        }
        return bySource;
    }

    /** From one processor: each has a record of the flow, and counts its first payloads by itself. */
    private void datagrams(int fromPort, int toPort, int... sizes) {
        NetworkNamespace.named(machine.b).call(() -> {
            String thread = Files.readSymbolicLink(Path.of("/proc/thread-self"))
                    .getFileName()
                    .toString();
            Machine.run("taskset", "-p", "-c", "0", thread);
            try (DatagramSocket socket = new DatagramSocket(fromPort)) {
                for (int size : sizes) {
                    byte[] data = new byte[size];
                    new Random(size).nextBytes(data);
                    socket.send(new DatagramPacket(data, size, InetAddress.getByName(Machine.ADDRESS_A), toPort));
                }
            } finally {
                Machine.run("taskset", "-p", "-c", "0-" + (machineCpus() - 1), thread);
            }
            return null;
        });
    }

    private static void assertDatagrams(List<byte[]> told, int... sizes) {
        assertEquals(sizes.length, told.size());
        for (int i = 0; i < sizes.length; i++) {
            byte[] sent = new byte[sizes[i]];
            new Random(sizes[i]).nextBytes(sent);
            assertArrayEquals(Arrays.copyOf(sent, Math.min(1536, sizes[i])), told.get(i), "datagram " + i);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = AttachMode.class,
            names = {"NATIVE", "TCX"})
    void shouldTellTheFirstPayloadsOfEachFlowAndAllOfDns(AttachMode mode) {
        Machine.run("ip", "-n", machine.a, "link", "set", "va", "mtu", "3000");
        Machine.run("ip", "-n", machine.b, "link", "set", "vb", "mtu", "3000");
        startAttached(machine.a + "/va", "mode", mode.text());
        Machine.await("payloads are wanted", 5, () -> !sensor.handOffs().isEmpty());
        Machine.await("the clock knows HZ", 5, () -> sensor.payloadRate() > 0);
        datagrams(20_001, 9000, 1, 255, 256, 257, 700, 800);
        datagrams(20_002, 9000, 1535, 0, 1536, 1537, 2900, 5);
        datagrams(20_003, 53, 40, 41, 42, 43, 44, 45);
        Machine.await("14 payloads", 5, () -> bus.payloads.rows() >= 14);
        Map<Integer, List<byte[]>> told = payloads(9000);
        assertDatagrams(told.get(20_001), 1, 255, 256, 257);
        assertDatagrams(told.get(20_002), 1535, 1536, 1537, 2900);
        assertDatagrams(payloads(53).get(20_003), 40, 41, 42, 43, 44, 45);
        PayloadColumns first = bus.payloads.batches().get(0);
        assertEquals(Protocols.UDP, first.ipProtocol(0));
        assertEquals(Direction.INGRESS, first.direction(0));
        assertEquals("192.0.2.2", Addresses.text(first.srcHi(0), first.srcLo(0)));
        assertTrue(Math.abs(first.timestampNs(0) - KernelClock.nowNs()) < 10_000_000_000L);
        assertEquals(14, bus.payloads.rows());
        Machine.await("all books of 14", 5, () -> payloadBooks().stream()
                .allMatch(book -> book.received() == 14 && book.passed() == 14));
    }

    private List<HandOffs.HandOff> payloadBooks() {
        return sensor.handOffs().stream()
                .filter(book -> book.layer().equals(HandOffs.PAYLOADS))
                .toList();
    }

    @Test
    void shouldTellNoMorePayloadsThanWanted() {
        startAttached(machine.a + "/va", "mode", "tcx", "payloads_per_second", 0);
        Machine.await("a look", 5, () -> !sensor.handOffs().isEmpty());
        Machine.send(machine.b, Machine.ADDRESS_A, 1000, 1000, PAYLOAD);
        assertEquals(0, bus.payloads.rows());
        sensor.modified(Configs.of(Map.of(
                "interfaces",
                machine.a + "/va",
                "payloads_per_second",
                500,
                "flow_capacity_ipv4",
                16_384,
                "flow_capacity_ipv6",
                16_384)));
        Machine.await("payloads are wanted", 5, () -> sensor.payloadRate() > 0);
        long begin = System.nanoTime();
        Machine.flood(machine.b, Machine.ADDRESS_A, 8000, 4000);
        double seconds = (System.nanoTime() - begin) / 1e9;
        Machine.await(
                "all of the flood in the kernel's book",
                5,
                () -> payloadBooks().get(0).received() == 8000);
        Machine.await("the rest", 5, () -> payloadBooks().stream()
                .allMatch(book -> book.waiting() == 0 && book.difference() == 0));
        double most = machineCpus() * (sensor.payloadRate() * 1000 * seconds + 500);
        long told = bus.payloads.rows();
        assertTrue(told > 0 && told < 8000 && told <= most, told + " of " + most);
        assertEquals(told, payloadBooks().get(0).passed());
    }

    private static int machineCpus() {
        return Runtime.getRuntime().availableProcessors();
    }

    @Test
    void shouldLetTheConsumerTakeTheRestBeforeItStops() throws Exception {
        String name = machine.a + "/va";
        startAttached(name);
        long[] taken = new long[1];
        FlowSource.Claim claim = sensor.flowSource().claim();
        Machine.send(machine.b, Machine.ADDRESS_A, 1000, 10, PAYLOAD);
        Thread consumer = new Thread(() -> {
            while (!claim.urgent()) {
                Thread.onSpinWait();
            }
            claim.scan(change -> taken[0] += change.ipProtocol() == Protocols.UDP ? change.packets() : 0);
        });
        consumer.start();
        long begin = System.nanoTime();
        sensor.stop();
        consumer.join(2000);
        assertEquals(1000, taken[0]);
        assertTrue(System.nanoTime() - begin < 3_000_000_000L);
        assertEquals(0, claim.scan(change -> {}));
        claim.close();
        assertEquals(1000, counted(1, Direction.INGRESS, Protocols.UDP)[0], "counters stay");
    }
}
