// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jopil.testkit.MmdbWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What flows speak, with real servers on the other side: TLS by OpenSSL, HTTP by Node, DNS by dnsmasq. Names and times beside
 * what tshark reads in what tcpdump saw meanwhile.
 */
class ApplicationsIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final double MOST_APART_SECONDS = 0.001;
    private static final int THINKING_MS = 50;
    private static final String SERVER =
            "require('http').createServer((q, r) => setTimeout(() => r.end('ok'), " + THINKING_MS + ")).listen(18080)";
    private static final String CLIENT = "require('http').get({host: process.argv[1], port: 18080,"
            + " path: '/cart?token=hush', headers: {Host: 'shop.example', 'User-Agent': 'itest/1'}}, r => r.resume())";
    private static final String RESOLVER =
            "const dns = require('dns'), r = new dns.Resolver({timeout: 2000, tries: 1});"
                    + " r.setServers([process.argv[1]]);"
                    + " r.resolve4('shop.example', () => r.resolve4('nowhere.example', () => {}))";

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

    private Process start(Namespaces.Side side, String... words) throws IOException {
        Process process = side.command(words)
                .builder()
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(
                        Files.createTempFile(Instance.work(), "server", ".log").toFile())
                .start();
        processes.add(process);
        return process;
    }

    private void serve() throws IOException {
        Path key = Instance.work().resolve("server.key");
        Path certificate = Instance.work().resolve("server.crt");
        Command.run(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-subj",
                        "/CN=shop.example",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .orFail();
        start(
                net.right(),
                "openssl",
                "s_server",
                "-accept",
                "443",
                "-www",
                "-alpn",
                "http/1.1",
                "-cert",
                certificate.toString(),
                "-key",
                key.toString());
        start(net.right(), "node", "-e", SERVER);
        start(
                net.right(),
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
                "--local=/example/",
                "--address=/shop.example/192.0.2.80");
        for (String port : List.of("443", "18080", "53")) {
            Instance.await(LIMIT, "port " + port, () -> net.right()
                    .run("ss", "-Hltn", "sport = :" + port)
                    .out()
                    .contains(":" + port));
        }
    }

    private void talk() {
        String to = net.right().ipv4();
        net.left()
                .run(
                        "sh",
                        "-c",
                        "openssl s_client -connect " + to
                                + ":443 -servername shop.example -alpn h2,http/1.1 </dev/null >/dev/null 2>&1")
                .orFail();
        net.left().run("node", "-e", CLIENT, to).orFail();
        net.left().run("node", "-e", RESOLVER, to).orFail();
    }

    @Test
    void shouldSayWhatFlowsSpeakAndAskFor() throws Exception {
        serve();
        Path capture = Instance.work().resolve("applications.pcap");
        Path data = withDatabases();
        try (Instance jopil = Instance.on(net.left().spec()).data(data).start()) {
            Process tcpdump = start(
                    net.left(),
                    "tcpdump",
                    "--immediate-mode",
                    "-i",
                    net.left().interfaceName(),
                    "-s",
                    "0",
                    "-U",
                    "-w",
                    capture.toString());
            Instance.await(LIMIT, "tcpdump", () -> capture.toFile().length() > 0);
            talk();
            JsonNode tls = flow(jopil, "application == tls");
            assertEquals("shop.example", tls.path("server_name").asText());
            assertEquals("jopil", tls.path("application_source").asText());
            assertFalse(tls.path("unusual_port").asBoolean());
            JsonNode http = flow(jopil, "application == http");
            assertEquals("shop.example", http.path("server_name").asText());
            assertTrue(http.path("unusual_port").asBoolean(), "HTTP on 18080");
            assertEquals(
                    "http",
                    flow(jopil, "server_name == shop.example and dst_port == 18080")
                            .path("application")
                            .asText());
            tcpdump.destroy();
            tcpdump.waitFor();
            details(jopil, capture);
            questions(jopil, capture);
            // a flow takes its name with the scan after
            flow(jopil, "application == dns");
            String grouped = jopil.get("/api/flows?by=application").body();
            assertTrue(
                    grouped.contains("\"tls\"") && grouped.contains("\"http\"") && grouped.contains("\"dns\""),
                    grouped);
            assertFalse(jopil.get("/api/reports/applications").body().contains("hush"), "query strings are not kept");
            places(jopil);
        }
    }

    /** A message of CoAP, which nobody of ours reads. */
    private static final String COAP = "const s = require('dgram').createSocket('udp4');"
            + " s.send(Buffer.from('40010001b161', 'hex'), 5683, process.argv[1], () => s.close())";

    @Test
    void shouldAskNdpiWhenItIsToldTo() throws Exception {
        Path data = Instance.newData();
        Path configuration = Files.createDirectories(data.resolve("etc")).resolve("org.jopil.analyzer.application.cfg");
        try (Instance jopil = Instance.on(net.left().spec()).data(data).start()) {
            String to = net.right().ipv4();
            assertTrue(health(jopil).path("message").asText().endsWith("ndpi is off."), health(jopil)::toString);
            assertEquals("off: ndpi in etc/org.jopil.analyzer.application.cfg", doctor(jopil));
            net.left().run("node", "-e", COAP, to).orFail();
            assertTrue(
                    flow(jopil, "udp and dst_port == 5683").path("application").isNull());
            Files.writeString(configuration, "ndpi = true\n");
            Instance.await(LIMIT, "libndpi", () -> health(jopil)
                    .path("message")
                    .asText()
                    .startsWith("What our own detectors do not know is named by " + doctor(jopil)));
            assertEquals("up", health(jopil).path("status").asText());
            Command.Result alone = Command.run(Instance.launcher(), "--data", data.toString(), "doctor", "--json");
            assertTrue(alone.out().contains("\"hook\": \"" + doctor(jopil) + "\""), alone.text());
            net.left().run("node", "-e", COAP, to).orFail();
            JsonNode flow = flow(jopil, "application_source == ndpi");
            assertEquals("coap", flow.path("application").asText(), flow.toString());
            JsonNode row = row(jopil, "applications", "application == coap").orElseThrow();
            assertEquals("ndpi", row.path("application_source").asText());
            assertEquals("COAP", row.path("details").path("jopil.ndpi.protocol").asText(), row.toString());
        }
    }

    private static JsonNode health(Instance jopil) {
        return named(jopil.get("/api/health").json().path("checks"), "name", "applications");
    }

    private static String doctor(Instance jopil) {
        JsonNode all = jopil.get("/api/doctor").expect(200).json();
        return named(all.has("rows") ? all.path("rows") : all, "capability", "Second opinion")
                .path("hook")
                .asText();
    }

    private static JsonNode named(JsonNode list, String field, String name) {
        for (JsonNode one : list) {
            if (one.path(field).asText().equals(name)) {
                return one;
            }
        }
        throw new AssertionError(name + " is not in " + list);
    }

    /** Of addresses that are for documentation: those of the pair are private. */
    private static Path withDatabases() throws IOException {
        Path data = Instance.newData();
        Path etc = Files.createDirectories(data.resolve("etc"));
        Path countries = new MmdbWriter("Test-Country", 6)
                .with("192.0.2.0/24", Map.of("country", Map.of("iso_code", "DE")))
                .with("10.0.0.0/8", Map.of("country", Map.of("iso_code", "FR")))
                .write(etc.resolve("country.mmdb"));
        Path systems = new MmdbWriter("Test-ASN", 6)
                .with(
                        "192.0.2.2/32",
                        Map.of("autonomous_system_number", 64_496L, "autonomous_system_organization", "Example"))
                .write(etc.resolve("as.mmdb"));
        Files.writeString(
                etc.resolve("org.jopil.geo.cfg"),
                "country_database = " + countries + "\nas_database = " + systems + "\n");
        return data;
    }

    private void places(Instance jopil) {
        for (Namespaces.Side side : List.of(net.left(), net.right())) {
            String ip = side == net.left() ? "192.0.2.1" : "192.0.2.2";
            side.run("ip", "addr", "add", ip + "/24", "dev", side.interfaceName())
                    .orFail();
        }
        net.left().run("ping", "-c", "2", "-i", "0.2", "192.0.2.2").orFail();
        JsonNode flow = flow(jopil, "src_country == DE and dst_as == 64496");
        assertEquals("192.0.2.1", flow.path("src_ip").asText());
        assertEquals("DE", flow.path("dst_country").asText());
        assertEquals("Example", flow.path("dst_as_name").asText());
        assertTrue(flow.path("src_as").isNull(), flow.toString());
        String grouped = jopil.get("/api/flows?by=dst_as_name").body();
        assertTrue(grouped.contains("\"Example\""), grouped);
        JsonNode unlisted = flow(jopil, "application == tls");
        assertTrue(unlisted.path("dst_country").isNull(), unlisted.toString());
    }

    private void details(Instance jopil, Path capture) {
        JsonNode tls = row(jopil, "applications", "application == tls").orElseThrow();
        JsonNode details = tls.path("details");
        assertEquals("TLS 1.3", details.path("jopil.tls.version").asText(), details.toString());
        assertTrue(details.path("tls.handshake.ja4").asText().startsWith("t13d"), details.toString());
        JsonNode http = row(jopil, "applications", "application == http").orElseThrow();
        assertTrue(http.path("details").toString().contains("/cart\""), http.toString());
        double seconds = http.path("response_ns").asLong() / 1e9;
        assertTrue(seconds >= THINKING_MS / 1e3, seconds + " s");
        near(seconds, shark(capture, "http.response", "http.time").get(0));
    }

    private void questions(Instance jopil, Path capture) {
        JsonNode found = row(jopil, "dns", "name == shop.example and type == A").orElseThrow();
        assertEquals(0, found.path("rcode").asInt(-1));
        assertEquals(1, found.path("answers").asInt());
        assertTrue(found.path("details").toString().contains("192.0.2.80"), found.toString());
        JsonNode missing = row(jopil, "dns", "name == nowhere.example").orElseThrow();
        assertEquals(3, missing.path("rcode").asInt(-1));
        List<Double> times = shark(capture, "dns.flags.response == 1", "dns.time");
        assertEquals(2, times.size());
        near(found.path("latency_ns").asLong() / 1e9, times.get(0));
        near(missing.path("latency_ns").asLong() / 1e9, times.get(1));
    }

    private static void near(double ours, double theirs) {
        System.out.printf("%.6f s, tshark %.6f s%n", ours, theirs);
        assertEquals(theirs, ours, MOST_APART_SECONDS);
    }

    private JsonNode flow(Instance jopil, String filter) {
        JsonNode[] found = {MissingNode.getInstance()};
        Instance.await(LIMIT, "a flow with " + filter, () -> {
            found[0] = jopil.get("/api/flows?filter=" + encoded(filter))
                    .expect(200)
                    .json()
                    .path(0);
            return !found[0].isMissingNode();
        });
        return found[0];
    }

    private static Optional<JsonNode> row(Instance jopil, String report, String filter) {
        JsonNode rows = jopil.get("/api/reports/" + report + "?filter=" + encoded(filter))
                .expect(200)
                .json()
                .path("rows");
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static List<Double> shark(Path capture, String filter, String field) {
        return Command.run(
                        "tshark",
                        "-n",
                        "-r",
                        capture.toString(),
                        "-d",
                        "tcp.port==18080,http",
                        "-Y",
                        filter,
                        "-T",
                        "fields",
                        "-e",
                        field)
                .orFail()
                .out()
                .lines()
                .map(Double::valueOf)
                .toList();
    }
}
