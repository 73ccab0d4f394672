// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jopil.api.event.Protocols;
import org.jopil.application.Detector;
import org.jopil.application.Detectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every flow of every capture, fed as the kernel would hand it over, beside what tshark says of the same packets, and
 * beside nDPI's verdict where one lies beside the capture.
 */
class DetectorOracleTest {
    private static final double LEAST_RIGHT = 0.95;
    private static final double MOST_FALSE = 0.01;
    private static final double MOST_SECONDS_APART = 0.001;

    /** tshark's name → ours. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("pgsql", "postgresql"),
            Map.entry("resp", "redis"),
            Map.entry("nbss", "smb"),
            Map.entry("tpkt", "rdp"),
            Map.entry("mongo", "mongo"),
            Map.entry("db-lsp", "db-lsp-disc"),
            Map.entry("stun-udp", "stun"));

    /** What is recognised without a rule: the field of tshark that proves it, not only the port. */
    private static final Map<String, List<String>> EVIDENCE = new LinkedHashMap<>();

    /** Of ours → of tshark. Where one of ours ends in .client or .server the packets of that side count. */
    private static final Map<String, String> FIELDS = new LinkedHashMap<>();

    /** Messages that stand for themselves: compared after each packet with that packet alone. */
    private static final Set<String> MESSAGES = Set.of("dns", "mdns", "llmnr", "dhcp", "dhcpv6", "ntp");

    static {
        EVIDENCE.put("tls", List.of("tls.record.content_type"));
        EVIDENCE.put("http", List.of("http.request.method", "http.response.code"));
        EVIDENCE.put("http2", List.of("http2.streamid"));
        EVIDENCE.put("ssh", List.of("ssh.protocol"));
        EVIDENCE.put("quic", List.of("quic.version"));
        EVIDENCE.put("dns", List.of("dns.id"));
        EVIDENCE.put("mdns", List.of("dns.id"));
        EVIDENCE.put("llmnr", List.of("dns.id"));
        EVIDENCE.put("mysql", List.of("mysql.version"));
        EVIDENCE.put("postgresql", List.of("pgsql.type"));
        EVIDENCE.put("redis", List.of("resp.string", "resp.array", "resp.bulk_string", "resp.error"));
        EVIDENCE.put("kafka", List.of("kafka.api_key"));
        EVIDENCE.put("mqtt", List.of("mqtt.msgtype"));
        EVIDENCE.put("ntp", List.of("ntp.flags"));
        EVIDENCE.put("dhcp", List.of("dhcp.type"));
        EVIDENCE.put("dhcpv6", List.of("dhcpv6.msgtype"));

        for (String same : List.of(
                "tls.handshake.extensions_server_name",
                "tls.handshake.extensions.supported_version",
                "tls.handshake.version",
                "tls.handshake.ciphersuite",
                "tls.alert_message.desc",
                "http.request.method",
                "http.host",
                "http.user_agent",
                "http.response.code",
                "quic.version",
                "quic.supported_version",
                "dns.id",
                "dns.flags.response",
                "dns.qry.name",
                "dns.qry.type",
                "dns.qry.class",
                "dns.flags.rcode",
                "dns.count.answers",
                "dns.resp.name",
                "dns.cname",
                "dns.a",
                "dns.aaaa",
                "http2.headers.method",
                "http2.headers.path",
                "http2.headers.authority",
                "http2.headers.content_type",
                "http2.headers.user_agent",
                "http2.headers.status",
                "mysql.protocol",
                "mysql.version",
                "kafka.api_key",
                "kafka.api_version",
                "kafka.client_id",
                "mqtt.ver",
                "mqtt.clientid",
                "ntp.flags.vn",
                "ntp.flags.mode",
                "ntp.stratum",
                "dhcp.option.dhcp",
                "dhcp.option.hostname",
                "dhcp.option.requested_ip_address",
                "dhcp.ip.your",
                "dhcpv6.msgtype",
                "dhcpv6.client_domain",
                "dns.time",
                "http.time")) {
            FIELDS.put(same, same);
        }
        FIELDS.put("http.request.uri.path", "http.request.uri");
        FIELDS.put("tls.handshake.extensions_alpn_str.client", "tls.handshake.extensions_alpn_str");
        FIELDS.put("tls.handshake.extensions_alpn_str.server", "tls.handshake.extensions_alpn_str");
        FIELDS.put("ssh.protocol.client", "ssh.protocol");
        FIELDS.put("ssh.protocol.server", "ssh.protocol");
        FIELDS.put("jopil.pgsql.database", "pgsql.parameter_value");
    }

    /** Ours that Wireshark 4.0 has no field for. */
    private static final Set<String> OWN = Set.of(
            "tls.handshake.ja4",
            "jopil.tls.version",
            "jopil.tls.cipher",
            "jopil.dns.type",
            "jopil.quic.retry",
            "jopil.quic.zero_rtt",
            "jopil.pgsql.request",
            "jopil.redis.command");

    private static final List<String> ASKED = asked();

    private static List<String> asked() {
        Set<String> asked = new TreeSet<>(FIELDS.values());
        EVIDENCE.values().forEach(asked::addAll);
        asked.add("tls.handshake.ja3_full");
        asked.add("tls.handshake.type");
        return List.copyOf(asked);
    }

    private static final class Count {
        int flows;
        int right;
        int wrong;
        /** Missed, and listed with the cause. */
        int excepted;
    }

    private final Map<String, Count> counts = new TreeMap<>();
    private final Map<String, Count> ndpi = new TreeMap<>();
    private final Map<String, String> differences = new TreeMap<>();
    private Map<String, String> listed;
    private int flows;
    private int values;
    private int falseNames;
    private int fingerprints;
    private int times;
    private int lateNames;

    @Test
    void shouldSayWhatTsharkAndNdpiSay() throws Exception {
        check(System.getProperty("jopil.pcaps"), "/tshark-exceptions.tsv");
        assertTrue(fingerprints > 0 && times > 0 && values > 0);
    }

    /** What the captures have not: every conversation of {@link Conversations}, written to a file of its own. */
    @Test
    void shouldSayOfMadeConversationsWhatTsharkSays(@TempDir Path folder) throws Exception {
        for (Conversations conversation : Conversations.all()) {
            conversation.write(folder.resolve(conversation.name() + ".pcap"));
        }
        check(folder.toString(), "/tshark-made-exceptions.tsv");
        assertTrue(fingerprints > 0 && times > 0 && values > 0);
        assertTrue(counts.keySet().containsAll(EVIDENCE.keySet()), () -> "not made: " + counts.keySet());
    }

    @Test
    @EnabledIfSystemProperty(named = "jopil.corpus", matches = ".+")
    void shouldSayOfTheCorpusWhatTsharkSays() throws Exception {
        check(System.getProperty("jopil.corpus"), "/tshark-corpus-exceptions.tsv");
    }

    private void check(String folder, String exceptions) throws Exception {
        listed = ExceptionList.read(exceptions, 3);
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            for (Path file : files.filter(f -> f.toString().matches(".*\\.(pcap|pcapng|cap)(\\.gz)?"))
                    .sorted()
                    .toList()) {
                compare(file);
            }
        }
        System.out.printf("%-12s %6s %6s %6s %6s%n", "tshark", "flows", "right", "missed", "false");
        counts.forEach((name, count) -> System.out.printf(
                "%-12s %6d %6d %6d %6d%n", name, count.flows, count.right, count.flows - count.right, count.wrong));
        System.out.printf(
                "%d flows, %d false names, %d values, %d times, %d JA3, %d names of flows seen late or turned, %d differ%n",
                flows, falseNames, values, times, fingerprints, lateNames, differences.size());
        ndpi.forEach((name, count) -> System.out.printf(
                "%-12s %6d %6d %6d %6d%n",
                "ndpi " + name, count.flows, count.right, count.flows - count.right, count.wrong));
        Set<String> unlisted = new TreeSet<>(differences.keySet());
        unlisted.removeAll(listed.keySet());
        StringBuilder text = new StringBuilder();
        unlisted.forEach(
                k -> text.append(k).append('\t').append(differences.get(k)).append('\n'));
        assertEquals("", text.toString());
        Set<String> gone = new TreeSet<>(listed.keySet());
        gone.removeAll(differences.keySet());
        assertEquals(Set.of(), gone, "listed, but no longer so");
        counts.forEach((name, count) -> assertTrue(
                count.right >= LEAST_RIGHT * (count.flows - count.excepted),
                () -> name + " " + count.right + " of " + count.flows));
        ndpi.forEach((name, count) ->
                assertTrue(count.right >= LEAST_RIGHT * count.flows, () -> "nDPI's " + name + " " + count.right));
        assertTrue(falseNames <= MOST_FALSE * flows, falseNames + " false names of " + flows);
    }

    private void compare(Path file) throws Exception {
        Detectors detectors = new Detectors();
        Map<String, String> verdicts = NdpiResult.read(file);
        for (CaptureFlow flow : CaptureFlow.of(file, ASKED)) {
            flows++;
            String verdict = verdicts.get(NdpiResult.key(flow));
            FlowCheck check = new FlowCheck(file.getFileName().toString(), flow, detectors);
            check.run(verdict);
            check.runLate(verdict, detectors);
        }
    }

    /** One flow against tshark. */
    private final class FlowCheck {
        private final String where;
        private final CaptureFlow flow;
        private final Detector detector;
        private final Map<String, Set<String>> theirs = new HashMap<>();
        private final Set<String> theirNames = new TreeSet<>();
        private final Set<String> proved = new TreeSet<>();
        private int clientPackets;
        private int serverPackets;

        FlowCheck(String capture, CaptureFlow flow, Detectors detectors) {
            where = capture + "\t" + flow.name() + "\t";
            this.flow = flow;
            detector = detectors.detector(
                    flow.tcp() ? Protocols.TCP : Protocols.UDP, flow.clientPort(), flow.serverPort());
        }

        void run(String verdict) throws IOException {
            flow.packets.forEach(p -> theirNames.add(ours(p.application())));
            theirNames.remove("");
            for (Tshark.Packet packet : flow.packets) {
                if (packet.payload().length > 0 && !feed(packet)) {
                    break;
                }
            }
            String ours =
                    detector.application() == null ? "" : detector.application().name();
            if (!ours.isEmpty() && !MESSAGES.contains(ours)) {
                compareDetails(detector.details(), theirs);
            }
            countNames(ours, verdict);
        }

        /** Looked at from its third packet on, and once more with the sides mixed up: it may be missed, but has no other name. */
        void runLate(String verdict, Detectors detectors) {
            List<Tshark.Packet> packets =
                    flow.packets.stream().filter(p -> p.payload().length > 0).toList();
            for (boolean turned : new boolean[] {false, true}) {
                Detector late = detectors.detector(
                        flow.tcp() ? Protocols.TCP : Protocols.UDP,
                        turned ? flow.serverPort() : flow.clientPort(),
                        turned ? flow.clientPort() : flow.serverPort());
                for (Tshark.Packet packet : packets.subList(Math.min(turned ? 0 : 2, packets.size()), packets.size())) {
                    late.feed(
                            flow.fromClient(packet) != turned,
                            packet.timestampNs(),
                            packet.sequence(),
                            packet.payload(),
                            0,
                            Math.min(CaptureFlow.CAPTURED_BYTES, packet.payload().length),
                            packet.payloadBytes());
                }
                if (late.application() == null) {
                    continue;
                }
                lateNames++;
                String name = late.application().name();
                boolean known = differences.containsKey(where + "named " + name);
                if (!theirNames.contains(name) && !name.equals(verdict) && !name.equals("grpc") && !known) {
                    differences.put(where + (turned ? "turned " : "late ") + name, "tshark's " + theirNames);
                }
            }
        }

        private boolean feed(Tshark.Packet packet) {
            boolean fromClient = flow.fromClient(packet);
            boolean every = detector.application() != null
                    && Set.of("dns", "mdns", "llmnr")
                            .contains(detector.application().name());
            int most = Detectors.PACKETS_PER_DIRECTION;
            if (!every && (fromClient ? clientPackets : serverPackets) == most) {
                return clientPackets < most || serverPackets < most;
            }
            if (fromClient) {
                clientPackets++;
            } else {
                serverPackets++;
            }
            collect(packet, fromClient, theirs);
            compareJa3(packet);
            int captured = Math.min(CaptureFlow.CAPTURED_BYTES, packet.payload().length);
            boolean changed = detector.feed(
                    fromClient,
                    packet.timestampNs(),
                    packet.sequence(),
                    packet.payload(),
                    0,
                    captured,
                    packet.payloadBytes());
            if (changed && MESSAGES.contains(detector.application().name())) {
                Map<String, Set<String>> alone = new HashMap<>();
                collect(packet, fromClient, alone);
                compareDetails(detector.details(), alone);
            }
            return true;
        }

        private void collect(Tshark.Packet packet, boolean fromClient, Map<String, Set<String>> into) {
            EVIDENCE.forEach((name, fields) -> {
                boolean there = fields.stream()
                        .anyMatch(f -> !packet.values().get(ASKED.indexOf(f)).isEmpty());
                if (there && ours(packet.application()).equals(name)) {
                    proved.add(name);
                }
            });
            boolean serverHello =
                    packet.values().get(ASKED.indexOf("tls.handshake.type")).contains("2");
            FIELDS.forEach((ours, field) -> {
                boolean otherSide = ours.endsWith(fromClient ? ".server" : ".client");
                boolean hello = ours.equals("tls.handshake.version")
                        || ours.equals("tls.handshake.ciphersuite")
                        || ours.equals("tls.handshake.extensions.supported_version");
                if (!otherSide && (!hello || serverHello)) {
                    into.computeIfAbsent(ours, o -> new HashSet<>())
                            .addAll(packet.values().get(ASKED.indexOf(field)));
                }
            });
        }

        private void compareDetails(Map<String, Object> details, Map<String, Set<String>> wanted) {
            if (!theirNames.contains(detector.application().name())) {
                return;
            }
            details.forEach((field, value) -> {
                if (OWN.contains(field)) {
                    return;
                }
                assertTrue(FIELDS.containsKey(field), () -> where + field + " is not compared");
                Set<String> candidates = wanted.getOrDefault(field, Set.of());
                for (Object one : value instanceof List<?> list ? list : List.of(value)) {
                    values++;
                    boolean agrees = candidates.stream().anyMatch(c -> agrees(field, one, c));
                    if (!agrees) {
                        differences.put(where + field, "ours " + one + ", tshark's " + candidates);
                    }
                }
            });
            if (EVIDENCE.containsKey(detector.application().name())) {
                wanted.forEach((field, candidates) -> {
                    if (!candidates.isEmpty() && !details.containsKey(field) && isMissed(field, candidates)) {
                        differences.put(where + field, "missed, tshark's " + candidates);
                    }
                });
            }
        }

        /** Not what stands in records we do not read, nor in messages after the first. */
        private boolean isMissed(String field, Set<String> candidates) {
            return !Set.of(
                                    "dns.a",
                                    "dns.aaaa",
                                    "dns.cname",
                                    "dns.resp.name",
                                    "tls.alert_message.desc",
                                    "jopil.pgsql.database",
                                    "http.time",
                                    "dns.time")
                            .contains(field)
                    && !candidates.equals(Set.of("0.0.0.0"))
                    && !(field.equals("dns.count.answers") && candidates.equals(Set.of("0")));
        }

        private boolean agrees(String field, Object ours, String theirs) {
            if (ours instanceof Double seconds) {
                times++;
                return Math.abs(seconds - Double.parseDouble(theirs)) <= MOST_SECONDS_APART;
            }
            String text = ours instanceof Boolean truth ? (truth ? "1" : "0") : plain(ours.toString());
            return switch (field) {
                case "http.request.uri.path" -> text.equals(theirs.split("\\?", 2)[0]);
                case "dns.qry.name", "dns.resp.name", "dns.cname" -> text.equals(theirs)
                        || (text.equals(".") && theirs.equals("<Root>"));
                case "dhcpv6.client_domain" -> (text + ".").equals(theirs);
                default -> text.equals(theirs);
            };
        }

        /** Without the escapes, which Wireshark has not. */
        private String plain(String text) {
            StringBuilder plain = new StringBuilder();
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) == '\\') {
                    plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4)));
                    i += 3;
                } else {
                    plain.append(text.charAt(i));
                }
            }
            return plain.toString();
        }

        private void compareJa3(Tshark.Packet packet) {
            List<String> ja3 = packet.values().get(ASKED.indexOf("tls.handshake.ja3_full"));
            byte[] payload = packet.payload();
            Bytes bytes = new Bytes().set(payload, 0, payload.length);
            boolean whole = bytes.has(0, 9)
                    && bytes.u8(0) == 22
                    && bytes.u8(5) == 1
                    && bytes.has(5, 4 + bytes.u24(6))
                    && bytes.u16(3) >= 4 + bytes.u24(6);
            if (ja3.size() == 1 && flow.tcp() && whole) {
                fingerprints++;
                String ours = ja3(TlsHello.parseClient(bytes.slice(5, 4 + bytes.u24(6))));
                if (!ours.equals(ja3.get(0))) {
                    differences.put(where + "ja3", "ours " + ours + ", tshark's " + ja3);
                }
            }
        }

        private String ja3(TlsHello hello) {
            return hello.legacyVersion
                    + "," + dashes(Ja4.withoutGrease(hello.ciphers))
                    + "," + dashes(Ja4.withoutGrease(hello.extensions))
                    + "," + dashes(Ja4.withoutGrease(hello.groups))
                    + "," + dashes(hello.pointFormats);
        }

        private String dashes(List<Integer> numbers) {
            List<String> texts = new ArrayList<>();
            numbers.forEach(n -> texts.add(n.toString()));
            return String.join("-", texts);
        }

        private void countNames(String ours, String verdict) {
            for (String name : proved) {
                Count count = counts.computeIfAbsent(name, n -> new Count());
                count.flows++;
                boolean right = ours.equals(name) || (name.equals("http2") && ours.equals("grpc"));
                if (right) {
                    count.right++;
                } else if (ours.isEmpty() || !proved.contains(ours)) {
                    count.excepted += listed.containsKey(where + "missed " + name) ? 1 : 0;
                    differences.put(where + "missed " + name, "ours '" + ours + "', tshark's " + theirNames);
                }
            }
            boolean grpc = ours.equals("grpc") && theirNames.contains("http2");
            if (!ours.isEmpty() && !theirNames.contains(ours) && !grpc && !ours.equals(verdict)) {
                falseNames++;
                counts.computeIfAbsent(ours, n -> new Count()).wrong++;
                differences.put(where + "named " + ours, "tshark's " + theirNames);
            }
            if (verdict != null) {
                Count count = ndpi.computeIfAbsent(verdict, n -> new Count());
                count.flows++;
                if (ours.equals(verdict) || ours.equals("g" + verdict)) {
                    count.right++;
                } else if (ours.isEmpty()) {
                    differences.put(where + "missed nDPI's " + verdict, "tshark's " + theirNames);
                } else {
                    count.wrong++;
                    differences.put(where + "named " + ours + " nDPI's " + verdict, "tshark's " + theirNames);
                }
            }
        }
    }

    private static String ours(String theirs) {
        return NAMES.getOrDefault(theirs, theirs);
    }
}
