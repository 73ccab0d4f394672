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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jopil.api.event.Protocols;
import org.jopil.application.Detector;
import org.jopil.application.Detectors;
import org.jopil.testkit.ExceptionList;
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
        assertTrue(counts.keySet().containsAll(OracleFields.EVIDENCE.keySet()), () -> "not made: " + counts.keySet());
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
        for (CaptureFlow flow : CaptureFlow.of(file, OracleFields.ASKED)) {
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
            flow.packets.forEach(p -> theirNames.add(OracleFields.ours(p.application())));
            theirNames.remove("");
            for (Tshark.Packet packet : flow.packets) {
                if (packet.payload().length > 0 && !feed(packet)) {
                    break;
                }
            }
            String ours =
                    detector.application() == null ? "" : detector.application().name();
            if (!ours.isEmpty() && !OracleFields.MESSAGES.contains(ours)) {
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
            if (changed && OracleFields.MESSAGES.contains(detector.application().name())) {
                Map<String, Set<String>> alone = new HashMap<>();
                collect(packet, fromClient, alone);
                compareDetails(detector.details(), alone);
            }
            return true;
        }

        private void collect(Tshark.Packet packet, boolean fromClient, Map<String, Set<String>> into) {
            OracleFields.EVIDENCE.forEach((name, fields) -> {
                boolean there = fields.stream().anyMatch(f -> !packet.values()
                        .get(OracleFields.ASKED.indexOf(f))
                        .isEmpty());
                if (there && OracleFields.ours(packet.application()).equals(name)) {
                    proved.add(name);
                }
            });
            boolean serverHello = packet.values()
                    .get(OracleFields.ASKED.indexOf("tls.handshake.type"))
                    .contains("2");
            OracleFields.FIELDS.forEach((ours, field) -> {
                boolean otherSide = ours.endsWith(fromClient ? ".server" : ".client");
                boolean hello = ours.equals("tls.handshake.version")
                        || ours.equals("tls.handshake.ciphersuite")
                        || ours.equals("tls.handshake.extensions.supported_version");
                if (!otherSide && (!hello || serverHello)) {
                    into.computeIfAbsent(ours, o -> new HashSet<>())
                            .addAll(packet.values().get(OracleFields.ASKED.indexOf(field)));
                }
            });
        }

        private void compareDetails(Map<String, Object> details, Map<String, Set<String>> wanted) {
            if (!theirNames.contains(detector.application().name())) {
                return;
            }
            details.forEach((field, value) -> {
                if (OracleFields.OWN.contains(field)) {
                    return;
                }
                assertTrue(OracleFields.FIELDS.containsKey(field), () -> where + field + " is not compared");
                Set<String> candidates = wanted.getOrDefault(field, Set.of());
                for (Object one : value instanceof List<?> list ? list : List.of(value)) {
                    values++;
                    boolean agrees = candidates.stream().anyMatch(c -> agrees(field, one, c));
                    if (!agrees) {
                        differences.put(where + field, "ours " + one + ", tshark's " + candidates);
                    }
                }
            });
            if (OracleFields.EVIDENCE.containsKey(detector.application().name())) {
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
            List<String> ja3 = packet.values().get(OracleFields.ASKED.indexOf("tls.handshake.ja3_full"));
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
}
