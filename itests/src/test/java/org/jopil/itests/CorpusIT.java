// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * Every real capture by tcpreplay over a watched veth: packets and bytes by protocol as tshark counts them in the file,
 * conversations as the manifest says. What may differ, and why, is in {@code corpus-exceptions.tsv}.
 */
class CorpusIT {
    private static final int PPS = 20_000;
    private static final double MOST_EXCEPTIONS = 0.001;
    private static final int LINUX_COOKED = 113;

    /** One capture of the manifest. */
    private record Capture(String file, long packets, int conversations) {}

    private record Count(long packets, long bytes) {
        Count plus(Count other) {
            return new Count(packets + other.packets, bytes + other.bytes);
        }

        @Override
        public String toString() {
            return packets + "/" + bytes;
        }
    }

    /** What the product says: by protocol, and packets by conversation with ports. */
    private record Seen(Map<String, Count> protocols, Map<String, Long> conversations, long flowPackets) {
        long packets() {
            return protocols.values().stream().mapToLong(Count::packets).sum();
        }
    }

    @Test
    void shouldAgreeWithTshark() throws Exception {
        List<Capture> corpus = manifest();
        List<String> exceptions = new ArrayList<>();
        long frames = 0;
        long framesThatDiffer = 0;
        try (Namespaces net = Namespaces.pair()) {
            prepare(net);
            Path data = Instance.newData();
            withoutTimeouts(data);
            try (Instance jopil =
                    Instance.on(net.right().spec()).mode("tcx").data(data).start()) {
                Instance.await(Duration.ofSeconds(5), "the first snapshot", () -> !jopil.get("/api/stats")
                        .json()
                        .path("total_packets")
                        .isNull());
                for (Capture capture : corpus) {
                    Path file = asEthernet(capture.file());
                    Map<String, Count> oracle = shark(file);
                    Seen seen = replay(net, jopil, file, oracle);
                    assertEquals(capture.packets(), total(oracle), capture.file());
                    frames += capture.packets();
                    framesThatDiffer += compare(capture, oracle, seen, exceptions);
                    Files.delete(file);
                }
                JsonNode ledger = jopil.get("/api/ledger").expect(200).json();
                assertEquals(0, ledger.path("difference").asLong(-1), ledger::toString);
            }
        }
        System.out.printf(
                "%d captures, %d frames, %d of them counted otherwise than by tshark%n",
                corpus.size(), frames, framesThatDiffer);
        assertEquals(
                String.join("\n", listedExceptions()),
                exceptions.stream().sorted().collect(Collectors.joining("\n")),
                "corpus-exceptions.tsv (without the causes), and what differs now");
        assertTrue(framesThatDiffer <= MOST_EXCEPTIONS * frames, framesThatDiffer + " frames");
    }

    /** Adds a line an exception; returns how many frames are counted as another protocol, or not at all. */
    private static long compare(Capture capture, Map<String, Count> oracle, Seen seen, List<String> exceptions) {
        String stem = capture.file();
        System.out.printf(
                "%-36s %s, %d conversations%n",
                stem, seen.protocols(), seen.conversations().size());
        TreeSet<String> names = new TreeSet<>(oracle.keySet());
        names.addAll(seen.protocols().keySet());
        Count none = new Count(0, 0);
        long differing = 0;
        for (String name : names) {
            Count expected = oracle.getOrDefault(name, none);
            Count found = seen.protocols().getOrDefault(name, none);
            if (!expected.equals(found)) {
                exceptions.add(String.join("\t", stem, name, expected.toString(), found.toString()));
                differing += Math.max(0, expected.packets() - found.packets());
            }
        }
        if (capture.conversations() != seen.conversations().size()) {
            exceptions.add(String.join(
                    "\t",
                    stem,
                    "conversations",
                    "" + capture.conversations(),
                    "" + seen.conversations().size()));
        }
        return differing;
    }

    private static List<String> listedExceptions() throws IOException {
        try (InputStream in = CorpusIT.class.getResourceAsStream("/corpus-exceptions.tsv")) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> {
                        String[] columns = line.split("\t");
                        assertEquals(5, columns.length, "case, what, tshark, JOPIL, cause: " + line);
                        return String.join("\t", List.of(columns).subList(0, 4));
                    })
                    .sorted()
                    .toList();
        }
    }

    private static Path corpus() {
        return Path.of(System.getProperty("jopil.pcaps"));
    }

    private static List<Capture> manifest() throws IOException {
        List<Capture> captures = Files.readAllLines(corpus().resolve("MANIFEST.tsv")).stream()
                .skip(1)
                .map(line -> line.split("\t"))
                .map(c -> new Capture(c[1], Long.parseLong(c[2]), Integer.parseInt(c[6])))
                .toList();
        assertFalse(captures.isEmpty());
        return captures;
    }

    /** Frames as large as they were captured go through, and nothing but them. */
    private static void prepare(Namespaces net) {
        for (Namespaces.Side side : List.of(net.left(), net.right())) {
            side.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1").orFail();
            side.run("ip", "link", "set", side.interfaceName(), "arp", "off", "mtu", "65535")
                    .orFail();
        }
    }

    private static void withoutTimeouts(Path data) throws IOException {
        Files.createDirectories(data.resolve("etc"));
        Files.writeString(
                data.resolve("etc/org.jopil.analyzer.flow.cfg"),
                """
                idle_timeout_seconds = 86400
                active_timeout_seconds = 86400
                closed_timeout_seconds = 3600
                """);
    }

    /** A veth carries Ethernet, and whole frames: what was cut off is padded. */
    private static Path asEthernet(String name) throws IOException {
        Path plain = Files.createTempFile(Instance.work(), "capture", ".pcap");
        Path ready = Files.createTempFile(Instance.work(), "ethernet", ".pcap");
        try (InputStream in = Files.newInputStream(corpus().resolve(name))) {
            Files.copy(name.endsWith(".gz") ? new GZIPInputStream(in) : in, plain, StandardCopyOption.REPLACE_EXISTING);
        }
        if (linkType(plain) == LINUX_COOKED) {
            // the 16 bytes of its header end as those of Ethernet do, with 12 bytes of anything and the EtherType
            Command.run("editcap", "-F", "pcap", "-L", "-C", "0:2", "-T", "ether", plain.toString(), ready.toString())
                    .orFail();
            Files.move(ready, plain, StandardCopyOption.REPLACE_EXISTING);
        }
        Command.run("tcprewrite", "--fixlen=pad", "--infile=" + plain, "--outfile=" + ready)
                .orFail();
        Files.delete(plain);
        return ready;
    }

    private static int linkType(Path pcap) throws IOException {
        try (InputStream in = Files.newInputStream(pcap)) {
            ByteBuffer header = ByteBuffer.wrap(in.readNBytes(24)).order(ByteOrder.LITTLE_ENDIAN);
            return header.getInt(0) == 0xD4C3B2A1
                    ? header.order(ByteOrder.BIG_ENDIAN).getInt(20)
                    : header.getInt(20);
        }
    }

    private static Seen replay(Namespaces net, Instance jopil, Path file, Map<String, Count> oracle) {
        Seen before = seen(jopil);
        Command.Result sent = net.left()
                .command("tcpreplay", "-q", "-i", net.left().interfaceName(), "--pps", "" + PPS, file.toString())
                .within(Duration.ofMinutes(2))
                .run()
                .orFail();
        assertTrue(sent.out().contains("Failed packets:            0"), sent::text);
        long ip = oracle.entrySet().stream()
                .filter(entry -> !entry.getKey().equals("arp"))
                .mapToLong(entry -> entry.getValue().packets())
                .sum();
        BooleanSupplier isComplete = () -> {
            Seen now = seen(jopil);
            return now.packets() - before.packets() >= total(oracle) && now.flowPackets() - before.flowPackets() >= ip;
        };
        long deadline = System.nanoTime() + Duration.ofSeconds(8).toNanos();
        while (!isComplete.getAsBoolean() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(50_000_000);
        }
        return difference(seen(jopil), before);
    }

    private static Seen seen(Instance jopil) {
        Map<String, Count> protocols = new TreeMap<>();
        for (JsonNode row : jopil.get("/api/protocols").expect(200).json()) {
            protocols.put(
                    row.path("protocol").asText(),
                    new Count(row.path("packets").asLong(), row.path("bytes").asLong()));
        }
        Map<String, Long> conversations = new HashMap<>();
        long flowPackets = 0;
        for (JsonNode row : jopil.get("/api/flows?limit=100000").expect(200).json()) {
            long packets = row.path("packets").asLong();
            flowPackets += packets;
            String protocol = row.path("protocol").asText();
            // later fragments have no ports
            if (row.path("src_port").isNumber() && (protocol.equals("tcp") || protocol.equals("udp"))) {
                String one =
                        row.path("src_ip").asText() + " " + row.path("src_port").asText();
                String other =
                        row.path("dst_ip").asText() + " " + row.path("dst_port").asText();
                String key = protocol + " " + (one.compareTo(other) < 0 ? one + " " + other : other + " " + one);
                conversations.merge(key, packets, Long::sum);
            }
        }
        return new Seen(protocols, conversations, flowPackets);
    }

    private static Seen difference(Seen after, Seen before) {
        Map<String, Count> protocols = new TreeMap<>();
        after.protocols().forEach((name, count) -> {
            Count earlier = before.protocols().getOrDefault(name, new Count(0, 0));
            if (count.packets() > earlier.packets()) {
                protocols.put(name, new Count(count.packets() - earlier.packets(), count.bytes() - earlier.bytes()));
            }
        });
        Map<String, Long> conversations = new HashMap<>();
        after.conversations().forEach((key, packets) -> {
            long more = packets - before.conversations().getOrDefault(key, 0L);
            if (more > 0) {
                conversations.put(key, more);
            }
        });
        return new Seen(protocols, conversations, after.flowPackets() - before.flowPackets());
    }

    private static long total(Map<String, Count> book) {
        return book.values().stream().mapToLong(Count::packets).sum();
    }

    /** By the outer header's protocol, past IPv6 extension headers. */
    private static Map<String, Count> shark(Path file) {
        Map<String, Count> book = new TreeMap<>();
        List<String> words = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
        for (String preference : List.of("ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams")) {
            words.addAll(List.of("-o", preference + ":FALSE"));
        }
        words.addAll(List.of("-T", "fields", "-E", "occurrence=f"));
        List<String> fields = List.of(
                "frame.len",
                "ip.proto",
                "ipv6.nxt",
                "ipv6.hopopts.nxt",
                "ipv6.routing.nxt",
                "ipv6.fraghdr.nxt",
                "ipv6.dstopts.nxt",
                "arp.opcode");
        fields.forEach(field -> words.addAll(List.of("-e", field)));
        Command.Result result =
                Command.of(words).within(Duration.ofMinutes(2)).run().orFail();
        result.out().lines().forEach(line -> {
            String[] values = line.split("\t", -1);
            String number = values[1];
            if (number.isEmpty()) {
                number = past(values);
            }
            String name = number.isEmpty() ? values[7].isEmpty() ? "other" : "arp" : name(number);
            book.merge(name, new Count(1, Long.parseLong(values[0])), Count::plus);
        });
        return book;
    }

    private static String past(String[] values) {
        String next = values[2];
        for (int i = 0; i < 8; i++) {
            String further =
                    switch (next) {
                        case "0" -> values[3];
                        case "43" -> values[4];
                        case "44" -> values[5];
                        case "60" -> values[6];
                        default -> next;
                    };
            if (further.equals(next)) {
                return next;
            }
            next = further;
        }
        return next;
    }

    private static String name(String number) {
        return switch (number) {
            case "1" -> "icmp";
            case "2" -> "igmp";
            case "6" -> "tcp";
            case "17" -> "udp";
            case "41" -> "ipv6";
            case "46" -> "rsvp";
            case "58" -> "icmpv6";
            case "132" -> "sctp";
            default -> "ip-" + number;
        };
    }
}
