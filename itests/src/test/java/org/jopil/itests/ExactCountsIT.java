// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two namespaces, a million packets of mixed traffic that follows from a printed seed: the sender's own truth, tshark at
 * both ends, the devices' counters, /api/stats, the sum of /api/flows and {@code jopil flows --json} must all say the
 * same, per protocol and per flow.
 */
class ExactCountsIT {
    private static final int PACKETS = Integer.getInteger("jopil.packets", 1_000_000);
    private static final int FLOWS = 4_000;
    private static final int PPS_EACH_SIDE = Integer.getInteger("jopil.pps", 40_000);
    /** Of the TCP connection with offloads on. */
    private static final long TCP_BYTES = Long.getLong("jopil.tcpBytes", 200_000_000);

    /** One direction's counts. */
    private record Count(long packets, long bytes) {
        Count plus(Count other) {
            return new Count(packets + other.packets, bytes + other.bytes);
        }
    }

    /** What all books must agree upon, by protocol: ICMP of both families apart, ARP among them. */
    private static final class Book {
        final Map<String, Count> protocols = new TreeMap<>();

        void add(String protocol, long packets, long bytes) {
            protocols.merge(protocol, new Count(packets, bytes), Count::plus);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            protocols.forEach((name, count) -> text.append(name)
                    .append(' ')
                    .append(count.packets)
                    .append('/')
                    .append(count.bytes)
                    .append("  "));
            return text.toString();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcx", "generic", "native"})
    void shouldAgreeWithEveryOtherBook(String mode) throws Exception {
        long seed = Long.getLong("jopil.seed", new Random().nextLong(1, Long.MAX_VALUE));
        System.out.printf("%n%s: seed %d (-Djopil.seed=%d repeats it)%n", mode, seed, seed);
        try (Namespaces net = Namespaces.pair()) {
            quiet(net);
            try (Instance jopil = Instance.on(net.left().spec()).mode(mode).start()) {
                watch(net, jopil, seed, mode);
            }
        }
    }

    /** JOPIL itself inside the namespace; asked at the prompt, since its page is only on that namespace's loopback. */
    @Test
    void shouldCountFromInsideANamespace() throws Exception {
        long seed = Long.getLong("jopil.seed", new Random().nextLong(1, Long.MAX_VALUE));
        System.out.printf("%ninside: seed %d%n", seed);
        Path truthFile = Instance.work().resolve("truth-inside.tsv");
        try (Namespaces net = Namespaces.pair()) {
            quiet(net);
            try (Instance jopil = Instance.on(net.left().interfaceName())
                            .inside(net.left().namespace())
                            .start();
                    Traffic.Running a = mix(net, net.left(), net.right(), "a", seed, truthFile);
                    Traffic.Running b = mix(net, net.right(), net.left(), "b", seed, null)) {
                a.await();
                b.await();
                Map<String, Count> truth = truth(truthFile);
                truth.keySet().removeIf(flow -> flow.startsWith("arp "));
                long packets = truth.values().stream().mapToLong(Count::packets).sum();
                Instance.await(
                        Duration.ofSeconds(20),
                        "all flows to be drained",
                        () -> flowsAtPrompt(jopil).values().stream()
                                        .mapToLong(Count::packets)
                                        .sum()
                                >= packets);
                assertEquals(truth, flowsAtPrompt(jopil), "every single flow");
                assertEquals(0, jopil.verb("ledger").status(), "ledger");
            }
        }
    }

    private static Map<String, Count> flowsAtPrompt(Instance jopil) {
        return flowsOf(lines(
                jopil.verb("flows", "--json", "--limit", "100000").orFail().out()));
    }

    /** With GRO and TSO on a frame that the hook sees stands for dozens on the wire; the sender's kernel knows how many. */
    @ParameterizedTest
    @ValueSource(strings = {"tcx", "generic", "native"})
    void shouldCountWirePacketsWhenOffloadsAreOn(String mode) {
        try (Namespaces net = Namespaces.pair(true);
                Instance jopil = Instance.on(net.left().spec(), net.right().spec())
                        .mode(mode)
                        .start();
                Traffic.Running receiver = Traffic.start(
                        net.right(), "tcp-receive", net.right().ipv4(), "5001", Long.toString(TCP_BYTES))) {
            Instance.await(Duration.ofSeconds(5), "the receiver", () -> receiver.hasPrinted("ready"));
            try (Traffic.Running sender =
                    Traffic.start(net.left(), "tcp-send", net.right().ipv4(), "5001", Long.toString(TCP_BYTES))) {
                Instance.await(Duration.ofSeconds(60), "all to be acknowledged", () -> sender.hasPrinted("bytes_sent"));
                Instance.await(Duration.ofSeconds(60), "all to be received", () -> receiver.hasPrinted("segs_in"));
                Map<String, Double> sent = sender.numbers();
                Map<String, Double> got = receiver.numbers();
                System.out.printf("%n%s: TCP_INFO of the sender %s, of the receiver %s%n", mode, sent, got);
                // Ethernet, IPv4, TCP with time stamps; the SYN has 8 bytes of options more
                long bytesOut = sent.get("bytes_sent").longValue()
                        + sent.get("segs_out").longValue() * (14 + 20 + 32)
                        + 8;
                assertFlow(jopil, net.left(), net, sent.get("segs_out"), sent.get("segs_in"), bytesOut);
                // the SYN-ACK was sent before there was a socket to count it; what the wire lost, its bytes are not
                // known
                boolean lossless = sent.get("segs_out").equals(got.get("segs_in"));
                assertFlow(
                        jopil, net.right(), net, got.get("segs_in"), got.get("segs_out") + 1, lossless ? bytesOut : -1);
            }
        }
    }

    /** The one flow at one side; {@code bytesOut} of -1 is not known. */
    private static void assertFlow(
            Instance jopil,
            Namespaces.Side side,
            Namespaces net,
            double packetsOut,
            double packetsBack,
            long bytesOut) {
        long packets = (long) (packetsOut + packetsBack);
        Instance.await(
                Duration.ofSeconds(10),
                packets + " packets at " + side.spec(),
                () -> tcpFlow(jopil, side).path("packets").asLong() >= packets);
        JsonNode flow = tcpFlow(jopil, side);
        System.out.printf(
                "%s: %d forward, %d back, %d bytes forward%n",
                side.spec(),
                flow.path("packets_fwd").asLong(),
                flow.path("packets_rev").asLong(),
                flow.path("bytes_fwd").asLong());
        assertEquals((long) packetsOut, flow.path("packets_fwd").asLong(), side::spec);
        assertEquals((long) packetsBack, flow.path("packets_rev").asLong(), side::spec);
        if (bytesOut >= 0) {
            assertEquals(bytesOut, flow.path("bytes_fwd").asLong(), side::spec);
        }
        assertEquals(net.left().ipv4(), flow.path("src_ip").asText(), "who opened it");
    }

    private static JsonNode tcpFlow(Instance jopil, Namespaces.Side side) {
        JsonNode rows = jopil.get("/api/flows?filter=tcp%20and%20interface%20==%20%22"
                        + side.spec().replace("/", "%2F") + "%22")
                .expect(200)
                .json();
        return rows.path(0);
    }

    private void watch(Namespaces net, Instance jopil, long seed, String mode) throws Exception {
        Path truthFile = Instance.work().resolve("truth-" + mode + ".tsv");
        Device leftBefore = device(net.left());
        Device rightBefore = device(net.right());
        Book before = stats(jopil);
        long sent;
        long sentBytes;
        Path leftCapture = Instance.work().resolve("left-" + mode + ".pcap");
        Path rightCapture = Instance.work().resolve("right-" + mode + ".pcap");
        try (Capture left = Capture.start(net.left(), leftCapture);
                Capture right = Capture.start(net.right(), rightCapture)) {
            try (Traffic.Running a = mix(net, net.left(), net.right(), "a", seed, truthFile);
                    Traffic.Running b = mix(net, net.right(), net.left(), "b", seed, null)) {
                Map<String, Double> fromA = a.await();
                Map<String, Double> fromB = b.await();
                sent = fromA.get("sent").longValue() + fromB.get("sent").longValue();
                sentBytes = fromA.get("bytes").longValue() + fromB.get("bytes").longValue();
            }
            left.stop(sent);
            right.stop(sent);
        }
        assertTrue(sent >= PACKETS, "sent " + sent);

        Map<String, Count> truth = truth(truthFile);
        Book sender = new Book();
        truth.forEach((flow, count) -> sender.add(protocolOf(flow), count.packets, count.bytes));
        Book leftShark = shark(leftCapture);
        Book rightShark = shark(rightCapture);
        Device left = device(net.left()).minus(leftBefore);
        Device right = device(net.right()).minus(rightBefore);

        Instance.await(
                Duration.ofSeconds(10),
                "the last packets to be counted",
                () -> total(difference(stats(jopil), before)).packets >= sent);
        Book counters = difference(stats(jopil), before);
        // one flow scan after the last packet
        Instance.await(
                Duration.ofSeconds(20),
                "all flows to be drained",
                () -> flows(jopil).values().stream().mapToLong(Count::packets).sum() + arp(counters) >= sent);
        Map<String, Count> flows = flows(jopil);
        Book flowBook = new Book();
        flows.forEach((flow, count) -> flowBook.add(protocolOf(flow), count.packets, count.bytes));
        Map<String, Count> verb = flowsOf(lines(
                jopil.verb("flows", "--json", "--limit", "100000").orFail().out()));

        System.out.printf("%-14s %s%n", "sender", sender);
        System.out.printf("%-14s %s%n", "tshark left", leftShark);
        System.out.printf("%-14s %s%n", "tshark right", rightShark);
        System.out.printf("%-14s %s%n", "/api/stats", counters);
        System.out.printf("%-14s %s%n", "sum of flows", flowBook);
        System.out.printf("%-14s left %s, right %s, sent %d/%d%n", "devices", left, right, sent, sentBytes);

        assertEquals(new Count(sent, sentBytes), total(sender), "the sender agrees with itself");
        assertEquals(sender.protocols, leftShark.protocols, "tshark left");
        assertEquals(sender.protocols, rightShark.protocols, "tshark right");
        assertEquals(sent, left.received + left.sent, "ip -s link, left");
        assertEquals(sent, right.received + right.sent, "ip -s link, right");
        assertEquals(sender.protocols, counters.protocols, "/api/stats");
        Book withoutArp = new Book();
        sender.protocols.forEach((name, count) -> {
            if (!name.equals("arp")) {
                withoutArp.add(name, count.packets, count.bytes);
            }
        });
        assertEquals(withoutArp.protocols, flowBook.protocols, "sum of /api/flows");
        Map<String, Count> truthOfFlows = new TreeMap<>(truth);
        truthOfFlows.keySet().removeIf(flow -> flow.startsWith("arp "));
        assertEquals(truthOfFlows, flows, "every single flow");
        assertEquals(flows, verb, "jopil flows --json");
        JsonNode ledger = jopil.get("/api/ledger").json();
        assertEquals(0, ledger.path("difference").asLong(-1), ledger::toString);
    }

    /** No router solicitation, no multicast listener report: only what we send is on the wire. */
    private static void quiet(Namespaces net) {
        for (Namespaces.Side side : List.of(net.left(), net.right())) {
            side.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1").orFail();
            side.run("ip", "link", "set", "arp", "off", "dev", side.interfaceName())
                    .orFail();
        }
    }

    private static Traffic.Running mix(
            Namespaces net, Namespaces.Side from, Namespaces.Side to, String name, long seed, Path truth) {
        List<String> words = new ArrayList<>(List.of(
                "mix",
                from.interfaceName(),
                name,
                Long.toString(seed),
                Integer.toString(FLOWS),
                Integer.toString(PACKETS),
                Integer.toString(PPS_EACH_SIDE),
                mac(to)));
        if (truth != null) {
            words.add(truth.toString());
        }
        return Traffic.start(from, words.toArray(String[]::new));
    }

    private static String mac(Namespaces.Side side) {
        return side.run("cat", "/sys/class/net/" + side.interfaceName() + "/address")
                .orFail()
                .out()
                .strip();
    }

    /** dumpcap on one end, with room for everything. */
    private record Capture(Process process, Path file) implements AutoCloseable {
        static Capture start(Namespaces.Side side, Path file) throws IOException {
            Path log = Path.of(file + ".log");
            // headers are enough; the length on the wire is recorded beside them
            Process process = side.command(
                            "tcpdump", "-i", side.interfaceName(), "-s", "160", "-B", "262144", "-w", file.toString())
                    .builder()
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Capture capture = new Capture(process, file);
            Instance.await(Duration.ofSeconds(10), "tcpdump to listen", () -> capture.log()
                    .contains("listening on"));
            return capture;
        }

        String log() {
            try {
                return Files.readString(Path.of(file + ".log"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Ends it when it has read that many; fails if it lost packets. */
        void stop(long packets) throws Exception {
            Instance.await(Duration.ofSeconds(20), packets + " packets in " + file, () -> {
                Command.run("kill", "-USR1", Long.toString(process.pid())).orFail(); // prints its counts
                return log().contains(packets + " packets captured");
            });
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertTrue(log().contains("0 packets dropped by kernel"), log());
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Counts of a capture by protocol, as tshark dissects it frame by frame. */
    private static Book shark(Path capture) throws Exception {
        Command.Result result = Command.of(
                        "tshark",
                        "-n",
                        "-r",
                        capture.toString(),
                        "-o",
                        "ip.defragment:FALSE",
                        "-o",
                        "ipv6.defragment:FALSE",
                        "-o",
                        "tcp.desegment_tcp_streams:FALSE",
                        "-T",
                        "fields",
                        "-E",
                        "occurrence=f",
                        "-e",
                        "frame.len",
                        "-e",
                        "arp.opcode",
                        "-e",
                        "ip.proto",
                        "-e",
                        "ipv6.nxt",
                        "-e",
                        "ipv6.fraghdr.nxt")
                .within(Duration.ofMinutes(10))
                .run()
                .orFail();
        Book book = new Book();
        result.out().lines().forEach(line -> {
            String[] fields = line.split("\t", -1);
            String number = !fields[2].isEmpty() ? fields[2] : fields[3].equals("44") ? fields[4] : fields[3];
            book.add(!fields[1].isEmpty() ? "arp" : name(number), 1, Long.parseLong(fields[0]));
        });
        return book;
    }

    private static String name(String number) {
        return switch (number) {
            case "1" -> "icmp";
            case "6" -> "tcp";
            case "17" -> "udp";
            case "58" -> "icmpv6";
            case "132" -> "sctp";
            default -> "ip-" + number;
        };
    }

    /** A device's own counters. */
    private record Device(long received, long sent) {
        Device minus(Device other) {
            return new Device(received - other.received, sent - other.sent);
        }
    }

    private static Device device(Namespaces.Side side) {
        try {
            JsonNode stats = new ObjectMapper()
                    .readTree(side.run("ip", "-j", "-s", "link", "show", "dev", side.interfaceName())
                            .orFail()
                            .out())
                    .path(0)
                    .path("stats64");
            return new Device(
                    stats.path("rx").path("packets").asLong(),
                    stats.path("tx").path("packets").asLong());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The sender's truth by flow; later fragments, which have no ports, apart from the rest. */
    private static Map<String, Count> truth(Path file) throws IOException {
        Map<String, Count> truth = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            String[] f = line.split("\t");
            long packets = Long.parseLong(f[7]) + Long.parseLong(f[9]);
            long bytes = Long.parseLong(f[8]) + Long.parseLong(f[10]);
            if (packets > 0) {
                String protocol = f[0].startsWith("udp") ? "udp" : f[0];
                truth.merge(key(protocol, f[1], f[3], f[5]), new Count(packets, bytes), Count::plus);
            }
        }
        return truth;
    }

    /** Both ends in one order, without ports: addresses are unique to a flow, and fragments have no ports. */
    private static String key(String protocol, String a, String b, String vlan) {
        return protocol + " " + (a.compareTo(b) < 0 ? a + " " + b : b + " " + a) + " vlan " + vlan;
    }

    private static String protocolOf(String key) {
        return key.substring(0, key.indexOf(' '));
    }

    private static Map<String, Count> flows(Instance jopil) {
        List<JsonNode> rows = new ArrayList<>();
        jopil.get("/api/flows?limit=100000").expect(200).json().forEach(rows::add);
        return flowsOf(rows);
    }

    private static List<JsonNode> lines(String jsonLines) {
        return jsonLines
                .lines()
                .map(line -> new Http.Response(200, Map.of(), line).json())
                .toList();
    }

    private static Map<String, Count> flowsOf(List<JsonNode> rows) {
        Map<String, Count> flows = new TreeMap<>();
        for (JsonNode row : rows) {
            flows.merge(
                    key(
                            row.path("protocol").asText(),
                            row.path("src_ip").asText(),
                            row.path("dst_ip").asText(),
                            Long.toString(row.path("vlan").asLong())),
                    new Count(row.path("packets").asLong(), row.path("bytes").asLong()),
                    Count::plus);
        }
        return flows;
    }

    private static Book stats(Instance jopil) {
        Book book = new Book();
        jopil.get("/api/protocols")
                .expect(200)
                .json()
                .forEach(row -> book.add(
                        row.path("protocol").asText(),
                        row.path("packets").asLong(),
                        row.path("bytes").asLong()));
        return book;
    }

    private static Book difference(Book after, Book before) {
        Book book = new Book();
        after.protocols.forEach((name, count) -> {
            Count earlier = before.protocols.getOrDefault(name, new Count(0, 0));
            if (count.packets > earlier.packets) {
                book.add(name, count.packets - earlier.packets, count.bytes - earlier.bytes);
            }
        });
        return book;
    }

    private static Count total(Book book) {
        return book.protocols.values().stream().reduce(new Count(0, 0), Count::plus);
    }

    private static long arp(Book book) {
        return book.protocols.getOrDefault("arp", new Count(0, 0)).packets;
    }
}
