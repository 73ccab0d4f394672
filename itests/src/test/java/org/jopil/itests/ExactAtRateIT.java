// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * As many packets as the machine can make, with default settings: the sender, /api/stats and the sum of all flows say
 * the same in packets and bytes, and so does every flow that is looked at. One CPU sends, so one CPU's region of the
 * flow table takes them all; what finds no slot there is the overflow, to the packet.
 */
class ExactAtRateIT {
    /** {@code -Djopil.long=true}: 10 M packets and every number of flows. */
    private static final boolean LONG = Boolean.getBoolean("jopil.long");

    private static final int LOOKS = 5;
    private static final int PACKETS = LONG ? 10_000_000 : 2_000_000;
    private static final int FLOOD_PACKETS = LONG ? 5_000_000 : 500_000;
    private static final int TALKERS = 100;
    private static final int TALKERS_PPS = 5_000;
    /** Longer than the flood; what runs on after it does no harm. */
    private static final int TALK_SECONDS = LONG ? 20 : 6;

    /** Flows are looked at in blocks of neighbours, each with one question. */
    private static final int BLOCK_FLOWS = 256;

    private static final int BLOCKS = 40;
    private static final double PROMISED_LOAD = 0.6;
    /** 256 + 64 jiffies (flow.h): flows of the last case count as load until then. */
    private static final Duration SLOT_KEPT = Duration.ofMillis(3_200);

    /** Share of one region, as a number of flows that depends on the size of the table. */
    private static final int SIXTY_PERCENT = -1;

    private record Case(int ip, int flows) {}

    /** {@link ExactCountsIT} has all of them in every run. */
    static List<String> modes() {
        return LONG ? List.of("tcx", "generic", "native") : List.of("tcx");
    }

    private static List<Case> cases() {
        return LONG
                ? List.of(
                        new Case(4, 1),
                        new Case(4, 1_000),
                        new Case(4, 100_000),
                        new Case(4, SIXTY_PERCENT),
                        new Case(6, 1_000),
                        new Case(6, SIXTY_PERCENT),
                        new Case(6, 100_000),
                        new Case(4, 1_000_000))
                : List.of(new Case(4, 1_000), new Case(4, SIXTY_PERCENT), new Case(6, SIXTY_PERCENT));
    }

    /** Totals at one moment. */
    private record Books(long packets, long bytes, long flowPackets, long flowBytes, long overflow) {
        static Books of(Instance jopil, Namespaces.Side side) {
            JsonNode ingress = jopil.get("/api/stats")
                    .expect(200)
                    .json()
                    .path("interfaces")
                    .path(side.spec())
                    .path("ingress");
            long overflow = 0;
            for (JsonNode count : jopil.get("/api/ledger").expect(200).json().path("counts")) {
                overflow += count.path("overflow").asLong();
            }
            long flowPackets = 0;
            long flowBytes = 0;
            // by state: with the ended flows that are kept no longer, and those that found no place in the list
            for (JsonNode state : jopil.get("/api/flows?by=state").expect(200).json()) {
                flowPackets += state.path("packets").asLong();
                flowBytes += state.path("bytes").asLong();
            }
            return new Books(
                    ingress.path("packets").asLong(), ingress.path("bytes").asLong(), flowPackets, flowBytes, overflow);
        }

        Books minus(Books other) {
            return new Books(
                    packets - other.packets,
                    bytes - other.bytes,
                    flowPackets - other.flowPackets,
                    flowBytes - other.flowBytes,
                    overflow - other.overflow);
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void shouldCountEveryPacketOfEveryFlow(String mode) {
        long seed = Long.getLong("jopil.seed", new Random().nextInt(Integer.MAX_VALUE));
        System.out.printf(
                "%n%s: seed %d (-Djopil.seed=%d repeats it)%n%4s %8s %10s %8s %9s %9s %10s %8s %7s %7s %7s%n",
                mode,
                seed,
                seed,
                "IPv",
                "flows",
                "packets",
                "Mpps",
                "missing",
                "bytes",
                "overflow",
                "load",
                "looked",
                "differ",
                "partial");
        try (Namespaces net = Namespaces.pair(true)) {
            Load.receiveRedirects(net);
            try (Instance jopil = Instance.on(net.right().spec()).mode(mode).start()) {
                int first = 0;
                for (Case c : cases()) {
                    int slots = regionSlots(jopil, c.ip);
                    int flows = c.flows == SIXTY_PERCENT ? (int) (PROMISED_LOAD * slots) : c.flows;
                    check(net, jopil, c.ip, first, flows, slots, seed);
                    first += (flows / BLOCK_FLOWS + 1) * BLOCK_FLOWS;
                }
                assertEquals(
                        0, jopil.get("/api/ledger").json().path("difference").asLong(-1), "ledger");
            }
        }
    }

    private static void check(Namespaces net, Instance jopil, int ip, int first, int flows, int slots, long seed) {
        LockSupport.parkNanos(SLOT_KEPT.toNanos());
        Books before = Books.of(jopil, net.right());
        Load.Sent sent = Load.live(net.left())
                .with("--packets", PACKETS, "--flows", flows, "--first-flow", first)
                .with("--ip", ip, "--seed", seed, "--cpu", 0)
                .withTruth()
                .run();
        Instance.await(Duration.ofSeconds(20), "all to be drained", () -> {
            Books now = Books.of(jopil, net.right()).minus(before);
            return now.packets >= sent.packets() && now.flowPackets + now.overflow >= sent.packets();
        });
        Books counted = Books.of(jopil, net.right()).minus(before);
        double load = (double) flows / slots;
        Set<Integer> blocks = blocks(flows, seed);
        Map<String, Load.Sent.Flow> truth = sent.flows(number -> blocks.contains(number / BLOCK_FLOWS));
        Map<String, Load.Sent.Flow> seen = new HashMap<>();
        Set<String> partial = new TreeSet<>();
        for (int block : blocks) {
            seen.putAll(flowsOf(jopil, ip, first + block * BLOCK_FLOWS, partial));
        }
        Set<String> wrong = new TreeSet<>(truth.keySet());
        wrong.removeIf(flow -> truth.get(flow).equals(seen.get(flow)));
        System.out.printf(
                "%4d %8d %10d %8.2f %9d %9d %9.4f%% %7.0f%% %7d %7d %7d%n",
                ip,
                flows,
                sent.packets(),
                sent.number("pps") / 1e6,
                sent.packets() - counted.flowPackets - counted.overflow,
                sent.bytes() - counted.bytes,
                100.0 * counted.overflow / sent.packets(),
                100 * load,
                truth.size(),
                wrong.size(),
                partial.size());

        assertEquals(sent.packets(), counted.packets, "/api/stats, packets");
        assertEquals(sent.bytes(), counted.bytes, "/api/stats, bytes");
        assertEquals(sent.packets(), counted.flowPackets + counted.overflow, "flows and overflow, packets");
        assertEquals(
                sent.bytes(),
                counted.flowBytes + counted.overflow * sent.number("size"),
                "flows and overflow, bytes: all frames are alike");
        if (load <= PROMISED_LOAD) {
            assertEquals(0, counted.overflow, "overflow at " + load + " of a region");
            assertEquals(truth, seen, "every single flow");
            assertEquals(Set.of(), partial, "no flow may miss packets");
        } else {
            wrong.removeIf(flow -> partial.contains(flow) || !seen.containsKey(flow));
            assertEquals(Set.of(), wrong, "every flow that is not marked");
        }
    }

    /** Some of a run's blocks, all of them when there are few. */
    private static Set<Integer> blocks(int flows, long seed) {
        Random random = new Random(seed);
        int all = (flows + BLOCK_FLOWS - 1) / BLOCK_FLOWS;
        Set<Integer> blocks = new TreeSet<>();
        while (blocks.size() < Math.min(all, BLOCKS)) {
            blocks.add(random.nextInt(all));
        }
        return blocks;
    }

    /** One block. The marked ones are added to {@code partial}. */
    private static Map<String, Load.Sent.Flow> flowsOf(Instance jopil, int ip, int flow, Set<String> partial) {
        String net = ip == 4
                ? "10." + (flow >> 16) + "." + (flow >> 8 & 255) + ".0/24"
                : String.format("fd00:6a6f::%x:%x/120", flow >> 16, flow & 0xffff);
        Map<String, Load.Sent.Flow> flows = new HashMap<>();
        for (JsonNode row : jopil.get("/api/flows?limit=1000&filter=net%20" + net.replace("/", "%2F"))
                .expect(200)
                .json()) {
            String key =
                    row.path("src_ip").asText() + " " + row.path("src_port").asText();
            Load.Sent.Flow record = new Load.Sent.Flow(
                    row.path("packets").asLong(), row.path("bytes").asLong());
            // an active time-out may have closed a first record
            flows.merge(key, record, (a, b) -> new Load.Sent.Flow(a.packets() + b.packets(), a.bytes() + b.bytes()));
            if (row.path("partial").asBoolean()) {
                partial.add(key);
            }
        }
        return flows;
    }

    /** Flow slots that one CPU has. */
    private static int regionSlots(Instance jopil, int ip) {
        Set<Integer> held = KernelObjects.heldBy(jopil.pid()).maps();
        int bucketSlots = 8;
        int slots = 0;
        for (JsonNode map : KernelObjects.bpftool("map", "show")) {
            if (held.contains(map.path("id").asInt())
                    && map.path("name").asText().equals("flows" + ip)) {
                slots = map.path("max_entries").asInt() * bucketSlots;
            }
        }
        assertTrue(slots > 0, "the instance must hold a table for IPv" + ip);
        return slots / possibleCpus();
    }

    private static int possibleCpus() {
        try {
            String range = Files.readString(Path.of("/sys/devices/system/cpu/possible"))
                    .strip();
            return Integer.parseInt(range.substring(range.lastIndexOf('-') + 1)) + 1;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every packet a new flow from another source, while a hundred others talk. */
    @Test
    void shouldStayExactAndReadyInASynFlood() {
        try (Namespaces net = Namespaces.pair(true)) {
            Load.receiveRedirects(net);
            try (Instance jopil = Instance.on(net.right().spec()).mode("tcx").start()) {
                Load.Sent usual = Load.live(net.left())
                        .with("--packets", 200_000, "--flows", 10_000, "--first-flow", 100_000, "--cpu", 0)
                        .run();
                Instance.await(Duration.ofSeconds(20), "all to be drained", () -> {
                    Books now = Books.of(jopil, net.right());
                    return now.packets >= usual.packets() && now.flowPackets + now.overflow >= usual.packets();
                });
                // who asks meanwhile is there before: code that is compiled for it is no growth of the flood
                for (int asked = 0; asked < 2_000; asked++) {
                    millis(jopil, "/api/stats");
                    millis(jopil, "/");
                }
                long before = memory(jopil);
                for (int flood = 1; flood <= 2; flood++) {
                    flood(net, jopil, flood, flood * BLOCK_FLOWS);
                    long after = memory(jopil);
                    // what stays is meant: the same look differs by up to 20 MB from one second to another
                    for (int looks = 1; looks < LOOKS && after - before > before / 20; looks++) {
                        System.out.printf("%d MB before the first flood, %d MB now%n", before >> 20, after >> 20);
                        after = Math.min(after, memory(jopil));
                    }
                    System.out.printf(
                            "RSS and kernel maps: %d MB before the first flood, %d MB now (%+.1f %%)%n",
                            before >> 20, after >> 20, 100.0 * (after - before) / before);
                    assertTrue(Math.abs(after - before) <= before / 20, before + " bytes before, " + after + " after");
                }
            }
        }
    }

    /** A question may be large, and asked by several: the answers take turns in the heap. */
    @Test
    @Tag("long")
    void shouldAnswerLargeListsBesideAMillionFlows() {
        int rows = 100_000;
        try (Namespaces net = Namespaces.pair(true)) {
            Load.receiveRedirects(net);
            try (Instance jopil = Instance.on(net.right().spec()).mode("tcx").start()) {
                Load.Sent sent = Load.live(net.left())
                        .with("--packets", 2_000_000, "--flows", 1_000_000, "--cpu", 0)
                        .run();
                Instance.await(
                        Duration.ofSeconds(20),
                        "all to be drained",
                        () -> Books.of(jopil, net.right()).packets >= sent.packets());
                List<Thread> askers = new ArrayList<>();
                List<Integer> answers = Collections.synchronizedList(new ArrayList<>());
                for (int asker = 0; asker < 4; asker++) {
                    askers.add(new Thread(() -> answers.add(jopil.get("/api/flows?limit=" + rows)
                            .expect(200)
                            .json()
                            .size())));
                }
                askers.forEach(Thread::start);
                Instance.await(Duration.ofSeconds(60), "all answers", () -> askers.stream()
                        .noneMatch(Thread::isAlive));
                assertEquals(Collections.nCopies(4, rows), answers);
                assertEquals(400, jopil.get("/api/flows?limit=" + (rows + 1)).status());
                assertEquals(
                        "up", jopil.get("/api/health").json().path("status").asText());
            }
        }
    }

    private static void flood(Namespaces net, Instance jopil, int seed, int firstTalker) {
        Books before = Books.of(jopil, net.right());
        List<Long> millis = new ArrayList<>();
        Load.Sent flood;
        Load.Sent talk;
        try (Load.Running talkers = Load.skb(net.right())
                .with("--packets", TALKERS_PPS * TALK_SECONDS, "--pps", TALKERS_PPS, "--flows", TALKERS)
                // as a NIC spreads flows over its queues: a flow stays on its CPU, here on that of the flood
                .with("--first-flow", firstTalker, "--seed", seed, "--cpu", 0)
                .withTruth()
                .start()) {
            Instance.await(
                    Duration.ofSeconds(5),
                    "all to talk",
                    () -> flowsOf(jopil, 4, firstTalker, new TreeSet<>()).size() >= TALKERS);
            try (Load.Running running = Load.live(net.left())
                    .with("--packets", FLOOD_PACKETS, "--random-sources", "--proto", "tcp-syn")
                    .with("--seed", seed, "--cpu", 0)
                    .start()) {
                while (running.isAlive()) {
                    millis.add(millis(jopil, "/api/stats"));
                    millis.add(millis(jopil, "/"));
                }
                flood = running.await();
            }
            talk = talkers.await();
        }
        long packets = flood.packets() + talk.packets();
        Instance.await(Duration.ofSeconds(20), "all to be drained", () -> {
            Books now = Books.of(jopil, net.right()).minus(before);
            return now.packets >= flood.packets() && now.flowPackets + now.overflow >= packets;
        });
        Books counted = Books.of(jopil, net.right()).minus(before);
        Map<String, Load.Sent.Flow> talked = flowsOf(jopil, 4, firstTalker, new TreeSet<>());
        Map<String, Load.Sent.Flow> differ = talk.flows(number -> true);
        differ.entrySet().removeIf(flow -> flow.getValue().equals(talked.get(flow.getKey())));
        millis.sort(null);
        System.out.printf(
                "%nSYN flood: %d packets at %.2f Mpps, overflow %d (%.2f %%), %d answers in %d ms (median), %d ms (worst)%n",
                flood.packets(),
                flood.number("pps") / 1e6,
                counted.overflow,
                100.0 * counted.overflow / packets,
                millis.size(),
                millis.get(millis.size() / 2),
                millis.get(millis.size() - 1));

        assertEquals(flood.packets(), counted.packets, "/api/stats, packets");
        assertEquals(flood.bytes(), counted.bytes, "/api/stats, bytes");
        assertEquals(packets, counted.flowPackets + counted.overflow, "flows and overflow");
        assertEquals(Map.of(), differ, "those who talk");
        assertEquals(0, jopil.get("/api/ledger").json().path("difference").asLong(-1), "ledger");
        assertTrue(millis.get(millis.size() - 1) < 5_000, "answers meanwhile, ms: " + millis);
    }

    private static long millis(Instance jopil, String path) {
        long start = System.nanoTime();
        jopil.get(path).expect(200);
        return (System.nanoTime() - start) / 1_000_000;
    }

    /** After a collection and a trim, which come by themselves later: garbage of the moment is no growth. */
    private static long memory(Instance jopil) {
        for (String command : List.of("GC.run", "System.trim_native_heap")) {
            Command.run(System.getProperty("java.home") + "/bin/jcmd", "" + jopil.pid(), command)
                    .orFail();
        }
        long collected = sequence(jopil);
        // the last statistics are of before it, and the next may have been under way
        Instance.await(
                Duration.ofSeconds(10), "statistics of after the collection", () -> sequence(jopil) >= collected + 2);
        JsonNode cost = jopil.get("/api/stats").expect(200).json().path("cost");
        return cost.path("rss_bytes").asLong() + cost.path("kernel_bytes").asLong();
    }

    private static long sequence(Instance jopil) {
        return jopil.get("/api/stats").expect(200).json().path("sequence").asLong();
    }

    /** The tool that people measure with, GRO and TSO on, each end against its own kernel's count of segments. */
    @ParameterizedTest
    @MethodSource("modes")
    void shouldCountWhatIperfSends(String mode) {
        try (Namespaces net = Namespaces.pair(true);
                Instance jopil = Instance.on(net.left().spec(), net.right().spec())
                        .mode(mode)
                        .start()) {
            for (String direction : List.of("", "-R")) {
                long[] sentBefore = {segmentsSent(net.left()), segmentsSent(net.right())};
                long[] seenBefore = {tcpSent(jopil, net.left()), tcpSent(jopil, net.right())};
                iperf(net, direction);
                long[] sent = {
                    segmentsSent(net.left()) - sentBefore[0], segmentsSent(net.right()) - sentBefore[1],
                };
                Instance.await(
                        Duration.ofSeconds(10),
                        "all segments to be counted",
                        () -> tcpSent(jopil, net.left()) - seenBefore[0] >= sent[0]
                                && tcpSent(jopil, net.right()) - seenBefore[1] >= sent[1]);
                long[] seen = {
                    tcpSent(jopil, net.left()) - seenBefore[0], tcpSent(jopil, net.right()) - seenBefore[1],
                };
                System.out.printf(
                        "%n%s: iperf3 %s: segments sent %s, counted %s%n",
                        mode, direction, Arrays.toString(sent), Arrays.toString(seen));
                assertEquals(sent[0], seen[0], "client's side");
                assertEquals(sent[1], seen[1], "server's side");
            }
        }
    }

    private static void iperf(Namespaces net, String direction) {
        List<String> client =
                new ArrayList<>(List.of("iperf3", "-c", net.right().ipv4(), "-t", "2"));
        if (!direction.isEmpty()) {
            client.add(direction);
        }
        try {
            Process server = net.right()
                    .command("iperf3", "-s", "-1")
                    .builder()
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(Path.of("/dev/null").toFile())
                    .start();
            try {
                Instance.await(Duration.ofSeconds(5), "iperf3 to listen", () -> net.right()
                        .run("ss", "-Htln", "sport = :5201")
                        .orFail()
                        .out()
                        .contains("5201"));
                net.left().run(client.toArray(String[]::new)).orFail();
                // the last words of both ends are said before they are counted
                Instance.await(Duration.ofSeconds(10), "iperf3 to end", () -> !server.isAlive());
                Instance.await(
                        Duration.ofSeconds(10),
                        "the connections to be closed",
                        () -> isWithoutTcp(net.left()) && isWithoutTcp(net.right()));
            } finally {
                server.destroy();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What only waits for its time-out is left out by ss itself. */
    private static boolean isWithoutTcp(Namespaces.Side side) {
        return side.run("ss", "-Htn").orFail().out().isBlank();
    }

    /** What left the TCP of this namespace: {@code OutSegs} are without those that were sent before. */
    private static long segmentsSent(Namespaces.Side side) {
        List<String[]> lines = side.run("cat", "/proc/net/snmp")
                .orFail()
                .out()
                .lines()
                .filter(line -> line.startsWith("Tcp:"))
                .map(line -> line.split(" "))
                .toList();
        List<String> names = Arrays.asList(lines.get(0));
        return Long.parseLong(lines.get(1)[names.indexOf("OutSegs")])
                + Long.parseLong(lines.get(1)[names.indexOf("RetransSegs")]);
    }

    /** TCP packets that this side's interface has sent, all connections. */
    private static long tcpSent(Instance jopil, Namespaces.Side side) {
        long packets = 0;
        for (JsonNode count : jopil.get("/api/ledger").expect(200).json().path("counts")) {
            if (count.path("interface").asText().equals(side.spec())
                    && count.path("direction").asText().equals("egress")
                    && count.path("protocol").asText().equals("tcp")) {
                packets += count.path("counter").asLong();
            }
        }
        return packets;
    }
}
