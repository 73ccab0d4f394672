// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Captures in place of the wire, as a user without any right: what is shown beside what tshark reads of the same file. */
class ReplayIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Path PCAPS = Path.of(System.getProperty("jopil.pcaps"));
    private static final String FIRST = "ndpi_http_ipv6.pcap";
    private static final String NOBODY = "65534";
    private static final String BYTES = "application/octet-stream";
    private static final long MICROSECOND = 1_000;

    private static Instance jopil;

    /** What tshark says of one file. */
    private record Read(
            long packets, long bytes, long firstNs, long lastNs, Set<String> communityIds, Set<String> serverNames) {
        static Read of(Path file) {
            String text = Command.of(
                            "tshark",
                            "-n",
                            "-o",
                            "ip.defragment:FALSE",
                            "-o",
                            "ipv6.defragment:FALSE",
                            "-o",
                            "tcp.desegment_tcp_streams:FALSE",
                            "-o",
                            "ip.tso_support:FALSE",
                            "--enable-protocol",
                            "communityid",
                            "-r",
                            file.toString(),
                            "-T",
                            "fields",
                            "-E",
                            "separator=/t",
                            "-E",
                            "occurrence=f",
                            "-e",
                            "frame.len",
                            "-e",
                            "frame.time_epoch",
                            "-e",
                            "communityid",
                            "-e",
                            "tls.handshake.extensions_server_name")
                    .within(Duration.ofMinutes(1))
                    .run()
                    .orFail()
                    .out();
            long packets = 0;
            long bytes = 0;
            long first = Long.MAX_VALUE;
            long last = Long.MIN_VALUE;
            Set<String> ids = new TreeSet<>();
            Set<String> names = new TreeSet<>();
            for (String line : text.lines().toList()) {
                String[] fields = line.split("\t", -1);
                packets++;
                bytes += Long.parseLong(fields[0]);
                String[] time = fields[1].split("\\.");
                long ns = Long.parseLong(time[0]) * 1_000_000_000 + Long.parseLong(time[1]);
                first = Math.min(first, ns);
                last = Math.max(last, ns);
                ids.add(fields[2]);
                names.add(fields[3]);
            }
            ids.remove("");
            names.remove("");
            return new Read(packets, bytes, first, last, ids, names);
        }
    }

    @BeforeAll
    static void start() throws IOException {
        Path data = Instance.newData();
        Command.run("chown", NOBODY + ":" + NOBODY, data.toString()).orFail();
        jopil = Instance.replaying(PCAPS.resolve(FIRST))
                .data(data)
                .by("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--inh-caps=-all")
                .start();
    }

    @AfterAll
    static void stop() {
        if (jopil != null) {
            jopil.close();
        }
    }

    @Test
    void shouldNeedNoRight() throws IOException {
        String status = Files.readString(Path.of("/proc/" + jopil.pid() + "/status"));
        assertTrue(status.contains("Uid:\t" + NOBODY), status);
        assertTrue(status.contains("CapEff:\t0000000000000000"), status);
        assertTrue(
                jopil.output().contains("REPLAY of " + FIRST + ", captured from 2015-11-23T08:58:43"), jopil.output());
        assertEquals("up", jopil.health().get("replay"));
        assertFalse(jopil.health().containsKey("sensor"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                FIRST,
                "ndpi_chrome.pcap",
                "ndpi_coap_mqtt.pcap",
                "ndpi_skype.pcap",
                "ndpi_synscan.pcap",
                "ndpi_WebattackXSS.pcap",
                "wireshark_communityid.pcap.gz"
            })
    void shouldShowWhatTsharkReads(String file) throws IOException {
        Read read = Read.of(PCAPS.resolve(file));
        JsonNode replay = replayed(jopil, file);
        assertEquals(read.packets(), replay.path("packets").asLong());
        assertEquals(read.bytes(), replay.path("bytes").asLong());
        assertEquals(0, replay.path("skipped").size(), replay::toString);
        assertEquals(read.firstNs() / MICROSECOND, ns(replay.path("first_time")) / MICROSECOND);
        assertEquals(read.lastNs() / MICROSECOND, ns(replay.path("last_time")) / MICROSECOND);
        List<JsonNode> flows = flows(jopil);
        assertEquals(read.communityIds(), texts(flows, "community_id"));
        assertEquals(Set.of(), without(read.serverNames(), texts(flows, "server_name")));
        for (JsonNode flow : flows) {
            assertEquals("replay:" + file, flow.path("interface").asText());
        }
        assertNothingIsMissing(jopil, read.packets());
        assertEquals(read.packets(), counted(jopil), "the statistics have what the replay has");
    }

    /** Both books, and every subscriber. */
    private static void assertNothingIsMissing(Instance instance, long packets) {
        JsonNode ledger = instance.get("/api/ledger").expect(200).json();
        assertEquals(0, ledger.path("difference").asLong(), ledger::toString);
        assertEquals(packets, ledger.path("events").path("delivered").asLong(), ledger::toString);
        for (JsonNode place : ledger.path("hand_offs")) {
            assertEquals(0, place.path("lost").asLong(), place::toString);
        }
        for (JsonNode subscriber : ledger.path("events").path("subscribers")) {
            assertEquals(0, subscriber.path("overrun").asLong(), subscriber::toString);
        }
        for (JsonNode count : ledger.path("counts")) {
            assertEquals(count.path("counter").asLong(), count.path("flows").asLong(), count::toString);
        }
    }

    /** As of the next snapshot. */
    private static long counted(Instance instance) {
        long before = instance.get("/api/stats").json().path("sequence").asLong();
        Instance.await(
                LIMIT,
                "a snapshot",
                () -> instance.get("/api/stats").json().path("sequence").asLong() > before + 1);
        return instance.get("/api/stats").json().path("total_packets").asLong();
    }

    private static Set<String> without(Set<String> all, Set<String> some) {
        Set<String> rest = new TreeSet<>(all);
        rest.removeAll(some);
        return rest;
    }

    private static Set<String> texts(List<JsonNode> rows, String field) {
        return rows.stream()
                .map(row -> row.path(field))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<JsonNode> flows(Instance instance) {
        return StreamSupport.stream(
                        instance.get("/api/flows?limit=100000")
                                .expect(200)
                                .json()
                                .spliterator(),
                        false)
                .toList();
    }

    private static long ns(JsonNode time) {
        Instant instant = Instant.parse(time.asText());
        return instant.getEpochSecond() * 1_000_000_000 + instant.getNano();
    }

    /** Uploads it, and waits until all of it is shown. */
    private static JsonNode replayed(Instance instance, String file) throws IOException {
        upload(instance, file, "").expect(202);
        Instance.await(LIMIT, "the end of " + file, () -> state(instance).equals("ended"));
        JsonNode replay = instance.get("/api/replay").json();
        assertEquals("every packet was read", replay.path("end").asText(), replay::toString);
        return replay;
    }

    private static Http.Response upload(Instance instance, String file, String more) throws IOException {
        return instance.http().post("/api/replay?name=" + file + more, Files.readAllBytes(PCAPS.resolve(file)), BYTES);
    }

    private static String state(Instance instance) {
        return instance.get("/api/replay").expect(200).json().path("state").asText();
    }

    @Test
    void shouldShowHowFarAFileThatIsCutOffCouldBeRead() throws IOException {
        byte[] whole = Files.readAllBytes(PCAPS.resolve(FIRST));
        byte[] cut = Arrays.copyOf(whole, whole.length - 3);
        jopil.http().post("/api/replay?name=cut.pcap", cut, BYTES).expect(202);
        Instance.await(LIMIT, "the end", () -> state(jopil).equals("ended"));
        JsonNode replay = jopil.get("/api/replay").json();
        assertTrue(replay.path("end").asText().startsWith("the file could not be read on: "), replay::toString);
        assertEquals(192, replay.path("packets").asLong());
        assertEquals("degraded", jopil.health().get("replay"));
    }

    /** One capture of several interfaces: each has its own counters and flows. */
    @Test
    void shouldTellTheInterfacesOfAFileApart(@TempDir Path folder) throws IOException {
        Path merged = folder.resolve("merged.pcapng");
        Command.run(
                        "mergecap",
                        "-F",
                        "pcapng",
                        "-I",
                        "none",
                        "-w",
                        merged.toString(),
                        PCAPS.resolve(FIRST).toString(),
                        PCAPS.resolve("ndpi_chrome.pcap").toString())
                .orFail();
        Map<String, long[]> expected = new TreeMap<>();
        for (String line : Command.run(
                        "tshark",
                        "-r",
                        merged.toString(),
                        "-T",
                        "fields",
                        "-e",
                        "frame.interface_id",
                        "-e",
                        "frame.len")
                .orFail()
                .out()
                .lines()
                .toList()) {
            String[] fields = line.split("\t");
            long[] sums = expected.computeIfAbsent(fields[0], id -> new long[2]);
            sums[0]++;
            sums[1] += Long.parseLong(fields[1]);
        }
        assertEquals(Set.of("0", "1"), expected.keySet());
        jopil.http()
                .post("/api/replay?name=merged.pcapng", Files.readAllBytes(merged), BYTES)
                .expect(202);
        Instance.await(LIMIT, "the end", () -> state(jopil).equals("ended"));
        counted(jopil);
        JsonNode interfaces = jopil.get("/api/stats").json().path("interfaces");
        Map<String, long[]> flows = new TreeMap<>();
        for (JsonNode flow : flows(jopil)) {
            long[] sums = flows.computeIfAbsent(flow.path("interface").asText(), name -> new long[2]);
            sums[0] += flow.path("packets").asLong();
            sums[1] += flow.path("bytes").asLong();
        }
        assertEquals(Set.of("replay:merged.pcapng", "replay:merged.pcapng:1"), flows.keySet());
        expected.forEach((number, sums) -> {
            String name = "replay:merged.pcapng" + (number.equals("0") ? "" : ":" + number);
            JsonNode ingress = interfaces.path(name).path("ingress");
            JsonNode egress = interfaces.path(name).path("egress");
            assertEquals(
                    sums[0],
                    ingress.path("packets").asLong() + egress.path("packets").asLong(),
                    name);
            assertEquals(
                    sums[1],
                    ingress.path("bytes").asLong() + egress.path("bytes").asLong(),
                    name);
            assertArrayEquals(sums, flows.get(name), name);
        });
    }

    @Test
    void shouldRefuseWhatIsNoCapture() throws IOException {
        replayed(jopil, FIRST);
        Http.Response refused =
                jopil.http().post("/api/replay?name=x", "no capture".getBytes(StandardCharsets.UTF_8), BYTES);
        assertEquals("JOPIL-142", refused.expect(400).json().path("code").asText());
        assertEquals(193, jopil.get("/api/replay").json().path("packets").asLong(), "the one before is still shown");
        Command.Result verb = jopil.verb("replay", "/etc/hostname");
        assertEquals(2, verb.status(), verb.text());
        assertTrue(verb.err().contains("JOPIL-142 Cannot replay hostname"), verb.text());
    }

    @Test
    void shouldReplayAtAsFastAsItWasRecordedOneAtATime() throws IOException {
        upload(jopil, FIRST, "&speed=1").expect(202);
        assertEquals("running", state(jopil));
        Http.Response second = upload(jopil, FIRST, "");
        assertEquals("JOPIL-144", second.expect(409).json().path("code").asText());
        Instance.await(LIMIT, "the first packets", () -> !flows(jopil).isEmpty());
        assertTrue(jopil.get("/api/replay").json().path("packets").asLong() < 193, "not all at once");
        jopil.http().send("DELETE", "/api/replay", null).expect(200);
        assertEquals("none", state(jopil));
        assertEquals(List.of(), flows(jopil), "nothing of it stays");
    }

    @Test
    void shouldGiveTheWireBack() throws IOException {
        try (Namespaces net = Namespaces.pair();
                Instance wire = Instance.on(net.right().spec()).start()) {
            Http.Response watched = upload(wire, FIRST, "");
            assertEquals("JOPIL-143", watched.expect(409).json().path("code").asText());
            net.left().run("ping", "-c", "3", "-i", "0.2", net.right().ipv4()).orFail();
            Instance.await(LIMIT, "flows of the wire", () -> !flows(wire).isEmpty());
            wire.verb("detach", net.right().spec()).orFail();
            replayed(wire, FIRST);
            for (JsonNode flow : flows(wire)) {
                assertEquals("replay:" + FIRST, flow.path("interface").asText());
            }
            Command.Result attach = wire.verb("attach", net.right().spec());
            assertTrue(attach.err().contains("JOPIL-144"), attach.text());
            wire.verb("replay", "--stop").orFail();
            wire.verb("attach", net.right().spec()).orFail();
            net.left().run("ping", "-c", "3", "-i", "0.2", net.right().ipv4()).orFail();
            List<String> names = new ArrayList<>();
            Instance.await(LIMIT, "flows of the wire", () -> {
                names.clear();
                flows(wire).forEach(flow -> names.add(flow.path("interface").asText()));
                return names.contains(net.right().spec());
            });
            assertEquals(Set.of(net.right().spec()), Set.copyOf(names));
            assertEquals(0, wire.get("/api/ledger").json().path("difference").asLong());
            assertEquals("up", wire.get("/api/health").json().path("status").asText());
        }
    }
}
