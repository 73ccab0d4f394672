// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jopil.api.JopilException;
import org.jopil.api.source.DropSource.Place;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.EpochClock;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.RunTimeStats;
import org.jopil.bpf.XdpHolder;
import org.jopil.bpf.net.NetworkNamespace;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real drops in a namespace of our own; its loopback is all there is. */
class DropTracerKernelTest {
    private static final String NAMESPACE = "jtr" + ProcessHandle.current().pid();
    private static final int PACKETS_PER_PAUSE = 100;
    private static final long PAUSE_MS = 12;
    private static final int PACKETS = 1000;
    private static final int PAYLOAD_BYTES = 100;
    private static final int FRAME_BYTES = 14 + 20 + 8 + PAYLOAD_BYTES;
    private static final int CLOSED_PORT = 9;
    private static final int EPERM = 1;
    private static final int UDP = 17;

    @BeforeAll
    static void addNamespace() throws IOException, InterruptedException {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
        run("ip", "netns", "add", NAMESPACE);
        run("ip", "-n", NAMESPACE, "link", "set", "lo", "up");
    }

    @AfterAll
    static void deleteNamespace() throws IOException, InterruptedException {
        if (Files.exists(Path.of("/run/netns", NAMESPACE))) {
            run("ip", "netns", "del", NAMESPACE);
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0, String.join(" ", command));
    }

    @Test
    void shouldCountEveryDropWithItsPlace() {
        DropTracer tracer = new DropTracer(new NativeBpfLoader(), new CollectingBus());
        try {
            sendToNobody();
            long[] count = here(tracer).entrySet().stream()
                    .filter(place -> place.getKey().reason().equals("NO_SOCKET"))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElseThrow();
            Place place = here(tracer).keySet().stream()
                    .filter(p -> p.reason().equals("NO_SOCKET"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(PACKETS, count[0]);
            assertEquals((long) PACKETS * FRAME_BYTES, count[1]);
            assertEquals("__udp4_lib_rcv", place.symbol());
            assertTrue(place.offset() > 0, place.toString());
            assertEquals(NAMESPACE + "/lo", place.interfaceName());
            assertEquals(NAMESPACE, place.namespace());
            assertEquals(0, tracer.missed());

            sendToNobody();
            assertEquals(2 * PACKETS, here(tracer).get(place)[0], "cumulative");
        } finally {
            tracer.stop();
        }
        assertEquals(
                "JOPIL-503",
                assertThrows(JopilException.class, () -> tracer.read((p, packets, bytes) -> {}))
                        .code());
    }

    @Test
    void shouldNameTheNetfilterHookThatDropped() throws IOException, InterruptedException {
        run("ip", "netns", "exec", NAMESPACE, "nft", "add table inet t");
        for (String hook : List.of("prerouting", "input", "output", "postrouting")) {
            run(
                    "ip",
                    "netns",
                    "exec",
                    NAMESPACE,
                    "nft",
                    "add chain inet t " + hook + " { type filter hook " + hook + " priority 0; }");
            run(
                    "ip",
                    "netns",
                    "exec",
                    NAMESPACE,
                    "nft",
                    "add rule inet t " + hook + " udp dport " + (9000 + hook.length()) + " drop");
        }
        DropTracer tracer = new DropTracer(new NativeBpfLoader(), new CollectingBus());
        try {
            for (String hook : List.of("prerouting", "input", "output", "postrouting")) {
                for (String address : List.of("127.0.0.1", "::1")) {
                    send(address, 9000 + hook.length());
                }
            }
            Map<String, Long> dropped = new TreeMap<>();
            here(tracer).forEach((place, count) -> {
                if (place.reason().equals("NETFILTER_DROP")) {
                    dropped.merge(place.hook(), count[0], Long::sum);
                }
            });
            long each = 2 * PACKETS;
            assertEquals(Map.of("prerouting", each, "input", each, "output", each, "postrouting", each), dropped);
        } finally {
            tracer.stop();
            run("ip", "netns", "exec", NAMESPACE, "nft", "delete table inet t");
        }
    }

    @Test
    void shouldTellWhosePacketItWas() {
        CollectingBus bus = new CollectingBus();
        DropTracer tracer = new DropTracer(new NativeBpfLoader(), bus);
        Instant begin = Instant.now();
        try {
            for (int round = 0; round < 5; round++) { // of one tick of the kernel only the first few are told
                send("127.0.0.1", CLOSED_PORT);
                send("::1", CLOSED_PORT);
            }
        } finally {
            tracer.stop();
        }
        List<CollectingBus.Drop> told = bus.told().stream()
                .filter(drop -> drop.reason().equals("NO_SOCKET") && drop.destinationPort() == CLOSED_PORT)
                .toList();
        Map<String, Long> weights = new TreeMap<>();
        for (CollectingBus.Drop drop : told) {
            weights.merge(drop.destination(), (long) drop.weight(), Long::sum);
            assertEquals(drop.destination(), drop.source());
            assertTrue(drop.sourcePort() > 0, drop.toString());
            assertEquals(UDP, drop.ipProtocol());
            assertEquals(drop.source().equals("::1") ? FRAME_BYTES + 20 : FRAME_BYTES, drop.length());
            assertTrue(
                    drop.timestampNs() >= EpochClock.ns(begin) - TimeUnit.SECONDS.toNanos(1)
                            && drop.timestampNs() <= EpochClock.ns(Instant.now()) + TimeUnit.SECONDS.toNanos(1),
                    drop.toString());
        }
        assertEquals(Set.of("127.0.0.1", "::1"), weights.keySet());
        // what was left out after the last one is in nobody's weight yet; before the first one it may be others'
        assertTrue(weights.values().stream().mapToLong(w -> w).sum() > PACKETS, weights.toString());
    }

    @Test
    void shouldAccountForEveryDrop() {
        DropTracer tracer = new DropTracer(new NativeBpfLoader(), new CollectingBus());
        try {
            for (int round = 0; round < 20; round++) {
                sendToNobody();
                for (HandOff place : tracer.handOffs()) {
                    assertEquals(0, place.difference(), place.toString());
                }
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
            while (tracer.handOffs().isEmpty() || tracer.handOffs().get(0).received() < 20 * PACKETS) {
                assertTrue(System.nanoTime() < end, tracer.handOffs().toString());
                LockSupport.parkNanos(50_000_000);
            }
            List<HandOff> places = tracer.handOffs();
            assertEquals(
                    List.of("drops, kernel", "drops, ring", "drops, bus"),
                    places.stream().map(HandOff::name).toList());
            assertTrue(places.get(0).leftOut() > 0, "told are 8 a tick: " + places);
            for (HandOff place : places) {
                assertEquals(0, place.difference(), place.toString());
            }
            assertEquals("jopil_drop_receiver", tracer.programs().get(0).name());
            assertTrue(tracer.kernelBytes() > 0);
        } finally {
            tracer.stop();
        }
        assertEquals(List.of(), tracer.handOffs());
    }

    private static void sendToNobody() {
        send("127.0.0.1", CLOSED_PORT);
    }

    /** What is dropped on its way out is an error to who sends it. */
    private static void send(String address, int port) {
        NetworkNamespace.named(NAMESPACE).call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                InetAddress to = InetAddress.getByName(address);
                for (int i = 0; i < PACKETS; i++) {
                    if (i % PACKETS_PER_PAUSE == 0) {
                        Thread.sleep(PAUSE_MS); // some jiffies: what a CPU left out is told with its next one
                    }
                    try {
                        socket.send(new DatagramPacket(new byte[PAYLOAD_BYTES], PAYLOAD_BYTES, to, port));
                    } catch (IOException notPermitted) {
                        continue;
                    }
                }
            }
            return null;
        });
    }

    private static Map<Place, long[]> here(DropTracer tracer) {
        Map<Place, long[]> places = new HashMap<>();
        tracer.read((place, packets, bytes) -> {
            if (place.namespace().equals(NAMESPACE)) {
                places.put(place, new long[] {packets, bytes});
            }
        });
        return places;
    }

    @Test
    void shouldSayWhyNothingIsCounted() {
        DropTracer tracer = new DropTracer(
                new BpfLoader() {
                    @Override
                    public BpfObject open(String object) {
                        throw new BpfException("load", object, EPERM);
                    }

                    @Override
                    public int possibleCpus() {
                        return 1;
                    }

                    @Override
                    public RunTimeStats measureRunTimes() {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public Optional<XdpHolder> xdpHolder(int ifindex) {
                        return Optional.empty();
                    }
                },
                new CollectingBus());
        JopilException refused = assertThrows(JopilException.class, tracer::missed);
        assertEquals("JOPIL-101", refused.code());
        assertTrue(refused.detail().contains("load drop.bpf.o: EPERM"), refused.detail());
        tracer.stop();
    }
}
