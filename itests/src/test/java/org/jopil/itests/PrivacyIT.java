// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What is to be hidden is looked for wherever something can be read: every route in every format, every topic of the
 * WebSocket, the commands, the log, the data directory. At level full the same search finds it, so that it can find.
 */
class PrivacyIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Path PCAPS = Path.of(System.getProperty("jopil.pcaps"));
    private static final String NAME = "hushhost.example";
    private static final String MISSING = "hushnone.example";
    private static final String PATH = "hushpath";
    private static final String AGENT = "hushagent";
    private static final String ANSWER = "192.0.2.213";
    private static final String THIRD = "10.203.7.77";
    private static final String LEFT_MAC = "00:1b:21:5a:11:c1";
    private static final String RIGHT_MAC = "00:1b:21:5a:11:c2";
    private static final List<String> NAMES = List.of(NAME, MISSING, PATH, AGENT, ANSWER, "hushhost", "hushnone");
    private static final int PINGS = 20;

    /** What these must be asked with. */
    private static final Map<String, String> QUESTIONS = Map.of(
            "/api/why", "?q=443",
            "/api/top", "?by=src_ip");

    private static final String SERVER = "require('http').createServer((q, r) => r.end('ok')).listen(18080)";
    private static final String CLIENT = "require('http').get({host: process.argv[1], port: 18080, path: '/" + PATH
            + "', headers: {Host: '" + NAME + "', 'User-Agent': '" + AGENT + "'}}, r => r.resume())";
    private static final String RESOLVER =
            "const dns = require('dns'), r = new dns.Resolver({timeout: 2000, tries: 1}); r.setServers([process.argv[1]]);"
                    + " r.resolve4('" + NAME + "', () => r.resolve4('" + MISSING + "', () => {}))";

    private final Namespaces net = Namespaces.pair();
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (Process process : processes) {
            process.destroy();
            process.waitFor();
        }
        net.close();
    }

    // ---- traffic

    private void start(String... words) throws IOException {
        processes.add(net.right()
                .command(words)
                .builder()
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(
                        Files.createTempFile(Instance.work(), "server", ".log").toFile())
                .start());
    }

    private void serve() throws IOException {
        mac(net.left(), LEFT_MAC);
        mac(net.right(), RIGHT_MAC);
        net.right()
                .run("ip", "addr", "add", THIRD + "/24", "dev", net.right().interfaceName())
                .orFail();
        Path key = Instance.work().resolve("hush.key");
        Path certificate = Instance.work().resolve("hush.crt");
        Command.run(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-subj",
                        "/CN=" + NAME,
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .orFail();
        start("openssl", "s_server", "-accept", "443", "-www", "-cert", certificate.toString(), "-key", key.toString());
        start("node", "-e", SERVER);
        start(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
                "--local=/example/",
                "--address=/" + NAME + "/" + ANSWER);
        for (String port : List.of("443", "18080", "53")) {
            Instance.await(LIMIT, "port " + port, () -> net.right()
                    .run("ss", "-Hltn", "sport = :" + port)
                    .out()
                    .contains(":" + port));
        }
    }

    private static void mac(Namespaces.Side side, String mac) {
        side.run("ip", "link", "set", side.interfaceName(), "address", mac).orFail();
    }

    private void talk() {
        String to = net.right().ipv4();
        net.left().run("ip", "neigh", "flush", "all").orFail();
        net.left()
                .run("sh", "-c", "openssl s_client -connect " + to + ":443 -servername " + NAME + " </dev/null")
                .orFail();
        net.left().run("node", "-e", CLIENT, to).orFail();
        net.left().run("node", "-e", RESOLVER, to).orFail();
        for (String address : List.of(to, THIRD, net.right().ipv6())) {
            net.left().run("ping", "-c", "" + PINGS, "-i", "0.01", address).orFail();
        }
    }

    /** Drops, an ICMP error that quotes, a reset; what they say before others push them out. */
    private String nobodyListens(Instance jopil) {
        String to = net.right().ipv4();
        String send = "echo x > /dev/udp/" + to + "/9; echo x > /dev/tcp/" + to + "/9; true";
        String[] report = {""};
        Instance.await(LIMIT, "drops", () -> {
            net.left().run("bash", "-c", send).orFail();
            Http.Response drops = jopil.get("/api/reports/drop-events?filter=" + encoded("dst_port == 9"));
            report[0] = drops.expect(200).body();
            return !drops.json().path("rows").isEmpty();
        });
        return report[0];
    }

    private List<String> addresses() {
        return List.of(
                net.left().ipv4(),
                net.right().ipv4(),
                THIRD,
                net.left().ipv6(),
                net.right().ipv6(),
                LEFT_MAC,
                RIGHT_MAC);
    }

    /** As text, as hex without separators, and as a number. */
    private static List<String> forms(List<String> secrets) {
        List<String> forms = new ArrayList<>();
        for (String secret : secrets) {
            forms.add(secret.toLowerCase(Locale.ROOT));
            if (secret.matches("[0-9.]+")) {
                StringBuilder hex = new StringBuilder();
                for (String part : secret.split("\\.")) {
                    hex.append("%02x".formatted(Integer.parseInt(part)));
                }
                forms.add(hex.toString());
                forms.add("" + Long.parseLong(hex.toString(), 16));
            } else if (secret.matches("([0-9a-f]{2}:){5}[0-9a-f]{2}")) {
                forms.add(secret.replace(":", ""));
                forms.add(secret.replace(':', '-'));
                forms.add(secret.substring(0, 9)); // the vendor
            } else if (secret.contains("::")) {
                // all of the bytes, as captured_hex has them
                String[] halves = secret.split("::");
                StringBuilder head = new StringBuilder();
                for (String group : halves[0].split(":")) {
                    head.append("%4s".formatted(group).replace(' ', '0'));
                }
                forms.add(head + "0".repeat(28 - head.length()) + "000" + halves[1]);
            } else {
                forms.add(HexFormat.of().formatHex(secret.getBytes(StandardCharsets.US_ASCII)));
            }
        }
        return forms;
    }

    // ---- everything that can be read

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Every GET route of the description, lists in every format, by what was asked. */
    private static Map<String, String> read(Instance jopil) throws Exception {
        Map<String, String> all = new LinkedHashMap<>();
        JsonNode paths = jopil.get("/api/openapi.json").expect(200).json().path("paths");
        List<String> routes = new ArrayList<>();
        paths.fieldNames().forEachRemaining(path -> {
            if (paths.path(path).has("get")) {
                routes.add(path);
            }
        });
        assertTrue(routes.size() > 25, routes::toString);
        Map<String, Integer> statuses = new LinkedHashMap<>();
        for (String route : routes) {
            for (String path : filled(jopil, route)) {
                for (String format : List.of("", "text/plain", "text/csv", "application/x-ndjson")) {
                    Http http = jopil.http();
                    Http.Response answer = (format.isEmpty() ? http : http.header("Accept", format)).get(path);
                    if (format.isEmpty() && !route.contains("{")) {
                        statuses.put(path, answer.status());
                    }
                    all.put("GET " + path + " " + format, answer.body());
                }
            }
        }
        statuses.remove("/api/capture"); // frames as they are, or refused
        assertEquals(Set.of(200), Set.copyOf(statuses.values()), statuses::toString);
        for (String path :
                List.of("/api/flows?format=ecs", "/api/packets?format=ecs", "/api/reports/drop-events?format=ecs")) {
            all.put("GET " + path, jopil.get(path).body());
        }
        for (String by : List.of("src_ip", "dst_ip", "server_name", "application")) {
            all.put("by " + by, jopil.get("/api/flows?by=" + by).body());
        }
        for (String verb : List.of(
                "status",
                "flows",
                "packets",
                "drops",
                "tcp",
                "latency",
                "journey",
                "interfaces",
                "protocols",
                "top",
                "analyzers",
                "ledger",
                "memory",
                "cost",
                "privacy")) {
            all.put("jopil " + verb, jopil.verb(verb).text());
            all.put("jopil " + verb + " --json", jopil.verb(verb, "--json").text());
        }
        all.put("the WebSocket", listen(jopil));
        try (Stream<Path> files = Files.walk(jopil.data())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.put(
                        "file " + jopil.data().relativize(file),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        all.put("what the launcher printed", jopil.output());
        return all;
    }

    /** With what stands for the parameters of a path, and what a route must be asked with. */
    private static List<String> filled(Instance jopil, String route) {
        List<String> values = new ArrayList<>();
        if (route.contains("{id}") || route.contains("journeys/{")) {
            jopil.get("/api/journeys?limit=20")
                    .json()
                    .forEach(row -> values.add(row.path("id").asText()));
        } else if (route.contains("reports/{")) {
            JsonNode reports = jopil.get("/api/analyzers").json();
            reports.forEach(row -> values.add(row.path("name").asText()));
            values.addAll(List.of("drop-events", "dns", "applications", "arp", "captures", "flows", "packets", "tcp"));
        } else if (route.contains("{")) {
            return List.of();
        }
        List<String> paths = new ArrayList<>();
        if (!route.contains("{")) {
            paths.add(route + QUESTIONS.getOrDefault(route, ""));
        }
        new TreeSet<>(values).forEach(value -> paths.add(route.replaceAll("\\{[^}]+}", value)));
        return paths;
    }

    /** All topics for some seconds. */
    private static String listen(Instance jopil) throws Exception {
        StringBuffer heard = new StringBuffer();
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + jopil.token())
                .buildAsync(URI.create("ws://127.0.0.1:" + jopil.port() + "/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
                        heard.append(data);
                        from.request(1);
                        return null;
                    }
                })
                .get(10, TimeUnit.SECONDS);
        try {
            socket.sendText(
                            "{\"type\":\"subscribe\",\"topics\":[\"packets\",\"stats\",\"flows\",\"drops\",\"journeys\",\"alerts\"],"
                                    + "\"rate\":1000}",
                            true)
                    .get(10, TimeUnit.SECONDS);
            Instance.await(LIMIT, "messages", () -> heard.toString().contains("new_packet"));
        } finally {
            socket.abort();
        }
        return heard.toString();
    }

    private static Map<String, Set<String>> found(Map<String, String> all, List<String> forms) {
        Map<String, Set<String>> found = new LinkedHashMap<>();
        all.forEach((where, text) -> {
            String lower = text.toLowerCase(Locale.ROOT);
            Set<String> there = new TreeSet<>();
            forms.stream().filter(lower::contains).forEach(there::add);
            if (!there.isEmpty()) {
                found.put(where, there);
            }
        });
        return found;
    }

    /** While the traffic goes on, so that the WebSocket has something to tell. */
    private Map<String, String> readAll(Instance jopil) throws Exception {
        talk();
        awaitFlows(jopil);
        Thread more = new Thread(() ->
                net.left().run("ping", "-c", "1500", "-i", "0.01", net.right().ipv4()));
        more.start();
        try {
            Map<String, String> all = new LinkedHashMap<>();
            all.put("GET /api/reports/drop-events at once", nobodyListens(jopil));
            all.putAll(read(jopil));
            return all;
        } finally {
            net.left()
                    .run(
                            "pkill",
                            "-INT",
                            "-x",
                            "-f",
                            "ping -c 1500 -i 0.01 " + net.right().ipv4());
            more.join();
        }
    }

    private void awaitFlows(Instance jopil) {
        for (String filter : List.of(
                "application == tls",
                "application == http",
                "application == dns",
                "protocol == icmp",
                "protocol == icmpv6")) {
            Instance.await(
                    LIMIT, "a flow with " + filter, () -> !flows(jopil, filter).isEmpty());
        }
        Instance.await(
                LIMIT,
                "the questions",
                () -> jopil.get("/api/reports/dns").json().path("rows").size() >= 2);
        Instance.await(
                LIMIT, "journeys", () -> jopil.get("/api/journeys").json().size() > 0);
    }

    private static JsonNode flows(Instance jopil, String filter) {
        return jopil.get("/api/flows?limit=1000&filter=" + encoded(filter))
                .expect(200)
                .json();
    }

    // ---- instances

    private static Path dataAt(String level) throws IOException {
        Path data = Instance.newData();
        level(data, level);
        return data;
    }

    private static void level(Path data, String level) throws IOException {
        Path etc = Files.createDirectories(data.resolve("etc"));
        Files.writeString(etc.resolve("org.jopil.privacy.cfg"), "level = " + level + "\n");
    }

    private Instance at(Path data) {
        return Instance.on(net.left().spec()).data(data).start();
    }

    private static void assertLevel(Instance jopil, String level) {
        assertEquals(
                level,
                jopil.get("/api/privacy").expect(200).json().path("level").asText());
        assertTrue(jopil.verb("privacy").out().contains("Level in force: " + level), "the command says it");
    }

    private static void assertNothing(Map<String, String> all, List<String> secrets) {
        assertEquals(Map.of(), found(all, forms(secrets)));
    }

    private static void assertFoundIn(Map<String, String> all, String secret, Predicate<String> where) {
        Set<String> places = found(all, List.of(secret)).keySet();
        assertTrue(places.stream().anyMatch(where), secret + " in " + places);
    }

    // ---- stories

    @Test
    void shouldFindEverythingAtFull() throws Exception {
        serve();
        try (Instance jopil = at(dataAt("full"))) {
            assertLevel(jopil, "full");
            Map<String, String> all = readAll(jopil);
            for (String route : List.of(
                    "/api/flows ", "/api/packets ", "/api/journeys ", "/api/tcp ", "jopil flows", "the WebSocket")) {
                assertFoundIn(all, net.right().ipv4(), where -> where.contains(route));
            }
            for (String report : List.of("arp", "dns", "applications", "drop-events")) {
                assertFoundIn(all, net.right().ipv4(), where -> where.contains("/api/reports/" + report));
            }
            assertFoundIn(all, THIRD, where -> where.contains("/api/flows"));
            assertFoundIn(all, net.right().ipv6(), where -> where.contains("/api/flows"));
            assertFoundIn(all, LEFT_MAC, where -> where.contains("/api/interfaces"));
            assertFoundIn(all, RIGHT_MAC, where -> where.contains("/api/packets"));
            assertFoundIn(all, forms(List.of(net.right().ipv4())).get(1), where -> where.contains("/api/packets"));
            assertFoundIn(all, NAME, where -> where.contains("/api/flows"));
            assertFoundIn(all, MISSING, where -> where.contains("/api/reports/dns"));
            assertFoundIn(all, PATH, where -> where.contains("/api/reports/applications"));
            assertFoundIn(all, AGENT, where -> where.contains("/api/reports/applications"));
            assertFoundIn(all, ANSWER, where -> where.contains("/api/reports/dns"));
            assertFalse(Files.exists(jopil.data().resolve("privacy.key")), "no key that nobody needs");
        }
    }

    @Test
    void shouldTellNoNamesAtNamesOff() throws Exception {
        serve();
        try (Instance jopil = at(dataAt("names-off"))) {
            assertLevel(jopil, "names-off");
            Map<String, String> all = readAll(jopil);
            assertNothing(all, NAMES);
            assertFoundIn(all, net.right().ipv4(), where -> where.contains("/api/flows"));
            assertFoundIn(all, RIGHT_MAC, where -> where.contains("/api/packets"));
            assertQuestionsWithoutNames(jopil);
            Command.Result capture = jopil.verb(
                    "capture",
                    net.left().spec(),
                    "--snaplen",
                    "200",
                    "--count",
                    "1",
                    "-w",
                    Instance.work() + "/no.pcapng");
            assertTrue(capture.err().contains("JOPIL-166"), capture.text());
        }
    }

    /** Times, codes and types are there. */
    private static void assertQuestionsWithoutNames(Instance jopil) {
        Set<Integer> codes = new TreeSet<>();
        for (JsonNode row : jopil.get("/api/reports/dns").json().path("rows")) {
            assertTrue(row.path("name").isNull(), row::toString);
            if (row.path("type").asText().equals("A") && !row.path("rcode").isNull()) {
                codes.add(row.path("rcode").asInt());
                assertTrue(row.path("latency_ns").asLong() > 0, row::toString);
            }
        }
        assertEquals(Set.of(0, 3), codes);
        for (JsonNode flow : flows(jopil, "application == tls")) {
            assertTrue(flow.path("server_name").isNull(), flow::toString);
        }
        String tls = jopil.get("/api/reports/applications?filter=" + encoded("application == tls"))
                .body();
        assertTrue(tls.contains("jopil.tls.version"), tls);
    }

    @Test
    void shouldTellNoAddressWhereTheyAreMasked() throws Exception {
        serve();
        Path data = dataAt("addresses-masked");
        Map<String, String> pseudonyms;
        try (Instance jopil = at(data)) {
            assertLevel(jopil, "addresses-masked");
            Map<String, String> all = readAll(jopil);
            List<String> secrets = new ArrayList<>(NAMES);
            secrets.addAll(addresses());
            assertNothing(all, secrets);
            assertQuestionsWithoutNames(jopil);
            assertJoined(jopil);
            pseudonyms = pseudonyms(jopil);
            assertRefused(jopil);
        }
        try (Instance jopil = at(data)) {
            talk();
            awaitFlows(jopil);
            assertEquals(pseudonyms, pseudonyms(jopil), "the same after a restart");
        }
    }

    /** By the numbers that tell them apart: both ends of the pings, and the third address. */
    private static Map<String, String> pseudonyms(Instance jopil) {
        Map<String, String> found = new LinkedHashMap<>();
        JsonNode tls = flows(jopil, "application == tls").path(0);
        found.put("left", tls.path("src_ip").asText());
        found.put("right", tls.path("dst_ip").asText());
        Set<String> pinged = new TreeSet<>();
        for (JsonNode flow : flows(jopil, "protocol == icmp")) {
            pinged.add(flow.path("dst_ip").asText());
        }
        pinged.removeAll(found.values());
        found.put("others", pinged.toString());
        return found;
    }

    /** Exact, of one net, with one community id, their process and their TCP. */
    private void assertJoined(Instance jopil) throws InterruptedException {
        Map<String, String> ends = pseudonyms(jopil);
        String left = ends.get("left");
        String right = ends.get("right");
        String third = ends.get("others").replaceAll("[\\[\\]]", "");
        assertNotEquals(left, right);
        String prefix = left.substring(0, left.lastIndexOf('.') + 1);
        assertTrue(right.startsWith(prefix) && third.startsWith(prefix), "one /24: " + ends);
        JsonNode pings = flows(jopil, "protocol == icmp and dst_ip == " + third);
        assertEquals(1, pings.size(), pings::toString);
        assertEquals((long) PINGS, pings.path(0).path("packets_fwd").asLong());
        assertEquals((long) PINGS, pings.path(0).path("packets_rev").asLong());
        JsonNode http = flows(jopil, "application == http").path(0);
        assertTrue(http.path("community_id").asText().startsWith("1:"), http::toString);
        assertTrue(http.path("handshake_us").asLong() > 0, http::toString);
        assertOwned(jopil);
        JsonNode packets = jopil.get("/api/packets?limit=1000&filter=" + encoded("host " + third))
                .json();
        assertTrue(packets.size() > 0, "packets and flows have the same pseudonyms");
        for (JsonNode packet : jopil.get("/api/packets?limit=1000").json()) {
            assertTrue(packet.path("masked").asBoolean(), packet::toString);
            assertFalse(packet.toString().contains("checksum"), packet::toString);
        }
        String drops = nobodyListens(jopil);
        assertTrue(drops.contains('"' + left + '"') && drops.contains('"' + right + '"'), drops);
        for (JsonNode row : jopil.get("/api/interfaces").json()) {
            assertTrue(row.path("mac_vendor").isNull(), row::toString);
        }
        assertEquals(0L, jopil.get("/api/ledger").json().path("difference").asLong());
    }

    /** Sockets have the addresses of the wire: owners are found by pseudonyms. */
    private void assertOwned(Instance jopil) throws InterruptedException {
        String open = "exec 3<>/dev/tcp/" + net.right().ipv4() + "/18080; sleep 5";
        Thread client = new Thread(() -> net.left().run("bash", "-c", open));
        client.start();
        try {
            Instance.await(LIMIT, "the process of a connection", () -> !flows(
                            jopil, "dst_port == 18080 and process contains bash")
                    .isEmpty());
        } finally {
            client.join();
        }
    }

    private void assertRefused(Instance jopil) {
        Command.Result capture =
                jopil.verb("capture", net.left().spec(), "--count", "1", "-w", Instance.work() + "/no.pcapng");
        assertTrue(capture.err().contains("JOPIL-166"), capture.text());
        Command.Result trace = jopil.verb("trace", "host 10.1.2.3", "--seconds", "1");
        assertTrue(trace.text().contains("JOPIL-166"), trace.text());
    }

    @Test
    void shouldForgetWhenTheLevelChanges() throws Exception {
        serve();
        Path data = dataAt("full");
        try (Instance jopil = at(data)) {
            talk();
            awaitFlows(jopil);
            long before = total(jopil);
            assertTrue(jopil.get("/api/flows").body().contains(net.right().ipv4()));
            level(data, "addresses-masked");
            Instance.await(LIMIT, "the level", () -> jopil.get("/api/privacy")
                    .json()
                    .path("level")
                    .asText()
                    .equals("addresses-masked"));
            Instance.await(
                    LIMIT,
                    "the analyzers",
                    () -> jopil.get("/api/flows").status() == 200
                            && jopil.get("/api/packets").status() == 200
                            && jopil.get("/api/health")
                                    .json()
                                    .path("status")
                                    .asText()
                                    .equals("up"));
            List<String> secrets = new ArrayList<>(NAMES);
            secrets.addAll(addresses());
            assertNothing(readAll(jopil), secrets);
            assertTrue(total(jopil) >= before, "counters go on");
            level(data, "nonsense");
            Instance.await(LIMIT, "the refusal", () -> jopil.log().contains("nonsense"));
            assertLevel(jopil, "addresses-masked");
        }
    }

    private static long total(Instance jopil) {
        return jopil.get("/api/stats").json().path("total_packets").asLong();
    }

    @Test
    void shouldHideAFileToo() throws Exception {
        Path file = PCAPS.resolve("ndpi_skype.pcap");
        Set<String> secrets = new TreeSet<>();
        for (String field : List.of(
                "ip.src", "ip.dst", "arp.src.proto_ipv4", "tls.handshake.extensions_server_name", "dns.qry.name")) {
            Command.of("tshark", "-n", "-r", file.toString(), "-T", "fields", "-E", "occurrence=f", "-e", field)
                    .within(Duration.ofMinutes(1))
                    .run()
                    .orFail()
                    .out()
                    .lines()
                    .filter(line -> line.length() >= 10 && line.indexOf('.') > 0)
                    .filter(line -> !line.matches("(0|127|169\\.254|22[4-9]|23\\d|255)\\..*"))
                    .limit(200)
                    .forEach(secrets::add);
        }
        assertTrue(secrets.size() > 20, secrets::toString);
        try (Instance jopil =
                Instance.replaying(file).data(dataAt("addresses-masked")).start()) {
            Instance.await(
                    LIMIT,
                    "the end",
                    () -> jopil.get("/api/replay").json().path("state").asText().equals("ended"));
            JsonNode flows = jopil.get("/api/flows?limit=100000").expect(200).json();
            assertTrue(flows.size() > 20);
            Map<String, String> all = new LinkedHashMap<>();
            for (String path : List.of(
                    "/api/flows?limit=100000",
                    "/api/packets?limit=100000",
                    "/api/reports/dns?limit=100000",
                    "/api/reports/applications?limit=100000",
                    "/api/reports/arp?limit=100000",
                    "/api/top?by=dst_ip")) {
                all.put(path, jopil.get(path).expect(200).body());
            }
            assertEquals(Map.of(), found(all, exact(secrets)));
            JsonNode ledger = jopil.get("/api/ledger").json();
            assertEquals(0L, ledger.path("difference").asLong(), ledger::toString);
        }
    }

    /** As a whole cell: in a long list a short pseudonym may be a part of a longer one. */
    private static List<String> exact(Set<String> secrets) {
        return secrets.stream()
                .map(s -> "\"" + s.toLowerCase(Locale.ROOT) + "\"")
                .toList();
    }
}
