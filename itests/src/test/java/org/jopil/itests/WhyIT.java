// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Ten things that go wrong, made for real between two network namespaces; each is to be found by its verdict. No two tests share
 * a port: drops of all namespaces are seen. Latencies are not told apart by ephemeral ports. How many were dropped is {@link DropsIT}'s: under load not each is told of.
 */
class WhyIT {
    private static final Duration SOON = Duration.ofSeconds(15);

    /** Somebody's address behind the victim, by no route of its own. */
    private static final String NOWHERE = "10.55.0.1";

    /** Somebody's address behind the victim, which sends it back: a circle. */
    private static final String CIRCLE = "10.66.0.1";

    /** An address of the sender that the victim expects from elsewhere. */
    private static final String STRANGER = "10.99.0.1";

    private static Namespaces net;
    private static Namespaces.Side client;
    private static Namespaces.Side victim;
    private static Instance jopil;

    @BeforeAll
    static void start() throws IOException {
        net = Namespaces.pair();
        client = net.left();
        victim = net.right();
        victim.run("sysctl", "-qw", "net.ipv4.ip_forward=1").orFail();
        client.run("ip", "route", "add", "10.55.0.0/16", "via", victim.ipv4()).orFail();
        client.run("ip", "route", "add", "10.66.0.0/16", "via", victim.ipv4()).orFail();
        victim.run("ip", "route", "add", "10.66.0.0/16", "via", client.ipv4()).orFail();
        Path data = Instance.newData();
        Path etc = Files.createDirectories(data.resolve("etc"));
        // a few packets must do for a percentile
        Files.writeString(etc.resolve("org.jopil.tracer.cfg"), "follow_one_in = 1\n");
        jopil = Instance.on(victim.spec()).data(data).start();
    }

    @AfterAll
    static void stop() {
        try {
            if (jopil != null) {
                jopil.close();
            }
        } finally {
            net.close();
        }
    }

    private static JsonNode ask(String question) {
        return jopil.get("/api/why?q=" + URLEncoder.encode(question, StandardCharsets.UTF_8))
                .expect(200)
                .json();
    }

    /** Asks until it is found; then everything that is said must be there to be seen. */
    private static JsonNode find(String verdict, String question, String... words) {
        JsonNode[] last = new JsonNode[1];
        try {
            Instance.await(SOON, verdict, () -> {
                last[0] = ask(question);
                return last[0].path("verdict").asText().equals(verdict);
            });
        } finally {
            System.out.println(last[0]);
        }
        JsonNode answer = last[0];
        String sentence = answer.path("sentence").asText();
        for (String word : words) {
            assertTrue(sentence.contains(word), () -> word + " in: " + sentence);
        }
        assertFalse(answer.path("evidence").isEmpty(), sentence);
        for (JsonNode evidence : answer.path("evidence")) {
            JsonNode rows = jopil.get("/api/reports/" + evidence.path("report").asText() + "?filter="
                            + URLEncoder.encode(evidence.path("filter").asText(), StandardCharsets.UTF_8))
                    .expect(200)
                    .json()
                    .path("rows");
            assertFalse(rows.isEmpty(), evidence::toString);
        }
        String command = answer.path("next").path("command").asText();
        assertFalse(command.isEmpty(), sentence);
        if (!command.startsWith("jopil ")) {
            assertEquals(0, Command.run("sh", "-c", command).status(), command);
        }
        return answer;
    }

    private static void assertEvidence(JsonNode answer, String words) {
        assertTrue(
                answer.path("evidence").findValuesAsText("text").stream().anyMatch(text -> text.contains(words)),
                () -> words + " in: " + answer);
    }

    private static void datagrams(int port, int count) {
        client.run(
                "bash",
                "-c",
                "for i in {1.." + count + "}; do echo x >/dev/udp/" + victim.ipv4() + "/" + port
                        + " || :; done 2>/dev/null");
    }

    private static void connect(int port, int count) {
        client.run(
                "bash",
                "-c",
                "for i in {1.." + count + "}; do timeout 1 bash -c ': >/dev/tcp/" + victim.ipv4() + "/" + port
                        + "'; done 2>/dev/null");
    }

    @Test
    void shouldFindAClosedUdpPort() {
        datagrams(21001, 10);
        find("udp-port-closed", "21001", "Nobody listens on UDP", "port 21001", victim.namespace());
    }

    @Test
    void shouldFindAClosedTcpPort() {
        connect(21002, 5);
        find("tcp-port-closed", "21002", "Nobody listens on TCP", "packets to port 21002");
    }

    @Test
    void shouldFindAFirewall() {
        victim.run(
                        "nft",
                        "add table inet why; add chain inet why input { type filter hook input priority 0; };"
                                + " add rule inet why input udp dport 21003 drop")
                .orFail();
        datagrams(21003, 10);
        find("firewall", "21003", "packets to port 21003 in the input hook of " + victim.namespace());
        find("firewall", victim.ipv4() + ":21003", "nft dropped");
    }

    @Test
    void shouldFindTheReversePathFilter() {
        client.run("ip", "addr", "add", STRANGER + "/32", "dev", client.interfaceName())
                .orFail();
        victim.run("ip", "route", "add", STRANGER + "/32", "dev", "lo").orFail();
        victim.run("sysctl", "-qw", "net.ipv4.conf." + victim.interfaceName() + ".rp_filter=1")
                .orFail();
        client.run("ping", "-q", "-c", "5", "-i", "0.05", "-W", "1", "-I", STRANGER, victim.ipv4());
        JsonNode answer = find("rp-filter", STRANGER, "reverse path filter", "from " + STRANGER);
        String command = answer.path("next").path("command").asText();
        assertTrue(
                command.endsWith("ip route get " + STRANGER + " # should say dev " + victim.interfaceName()),
                answer::toString);
    }

    @Test
    void shouldFindAFullUdpBuffer() {
        try (Traffic.Running full = Traffic.startProgram(victim, "drops", "full", victim.ipv4(), "21005")) {
            Instance.await(SOON, "the socket", () -> full.hasPrinted("ready"));
            datagrams(21005, 20);
            JsonNode answer = find("udp-buffer-full", "21005", "reads slower than packets come", "port 21005");
            assertEvidence(answer, "port 21005 (drops[" + full.process().pid() + "])");
        }
    }

    @Test
    void shouldFindANeighbourThatDoesNotAnswerAndWhoSendsToIt() {
        String nobody = victim.ipv4().replaceFirst("\\d+$", "77");
        client.run(
                        "bash",
                        "-c",
                        "exec 3>/dev/udp/" + nobody + "/514; for i in {1..20}; do echo x >&3; sleep 0.2; done; exit 0")
                .orFail();
        JsonNode answer = find("neighbour", nobody, "to " + nobody, "the next hop does not answer");
        assertEvidence(answer, "udp from " + client.ipv4() + " (bash[");
        find("neighbour", "514", "to port 514 of " + nobody);
    }

    @Test
    void shouldFindASlowReader() {
        try (Traffic.Running reader = Traffic.startProgram(victim, "reader", victim.ipv4(), "21006", "30")) {
            Instance.await(SOON, "the listener", () -> reader.hasPrinted("ready"));
            client.run(
                            "bash",
                            "-c",
                            "exec 3>/dev/tcp/" + victim.ipv4()
                                    + "/21006; for i in {1..60}; do echo x >&3; sleep 0.05; done")
                    .orFail();
            String name = "reader[" + reader.process().pid() + "]";
            find("slow-reader", "21006", "The kernel delivered in ", "then waited ", " for " + name + " to read");
            find("slow-reader", name, name);
            find("slow-reader", "reader", name);
        }
    }

    @Test
    void shouldFindAFullAcceptQueue() {
        try (Traffic.Running listener = Traffic.startProgram(victim, "drops", "listen", victim.ipv4(), "21007", "1")) {
            Instance.await(SOON, "the listener", () -> listener.hasPrinted("ready"));
            client.run(
                    "bash",
                    "-c",
                    "for i in {1..6}; do timeout 5 bash -c 'exec 3<>/dev/tcp/" + victim.ipv4()
                            + "/21007; sleep 4' & done; wait");
            find("accept-queue-full", "21007", "drops[" + listener.process().pid() + "] does not accept in time");
        }
    }

    @Test
    void shouldFindThatThereIsNoRoute() {
        client.run("ping", "-q", "-c", "3", "-i", "0.05", "-W", "1", NOWHERE);
        find("no-route", NOWHERE, "there is no route", "to " + NOWHERE);
    }

    @Test
    void shouldFindTheEndOfTheTimeToLive() {
        client.run("ping", "-q", "-c", "3", "-i", "0.05", "-W", "1", "-t", "1", CIRCLE);
        find("ttl", CIRCLE, "time to live", "to " + CIRCLE);
    }

    @Test
    void shouldFindALossyWire() {
        client.run("tc", "qdisc", "add", "dev", client.interfaceName(), "clsact")
                .orFail();
        try {
            client.run(
                            "tc",
                            "filter",
                            "add",
                            "dev",
                            client.interfaceName(),
                            "egress",
                            "bpf",
                            "da",
                            "obj",
                            Traffic.object("lossy"),
                            "sec",
                            "tc")
                    .orFail();
            // a reader that got no CPU did wait, and that comes before the loss: then another connection is looked at
            assertTrue(Stream.of("21010", "21020", "21030").anyMatch(WhyIT::tellsOfLoss));
        } finally {
            client.run("tc", "qdisc", "del", "dev", client.interfaceName(), "clsact");
        }
    }

    /** Of a connection over the lossy wire, while it is open: whether the loss is what is said first. */
    private static boolean tellsOfLoss(String port) {
        try (Traffic.Running server = Traffic.start(victim, "tcp-receive", victim.ipv4(), port, "2000000")) {
            Instance.await(SOON, "the listener", () -> server.hasPrinted("ready"));
            try (Traffic.Running sender = Traffic.start(client, "tcp-send", victim.ipv4(), port, "2000000")) {
                Instance.await(SOON, "the data", () -> sender.hasPrinted("bytes_sent"));
                JsonNode[] answer = new JsonNode[1];
                Instance.await(SOON, "the loss", () -> {
                    answer[0] = ask(port);
                    return answer[0].toString().contains("The network loses packets");
                });
                if (answer[0].path("verdict").asText().equals("slow-reader")) {
                    System.out.println(answer[0]);
                    return false;
                }
                find("retransmits", port, "The network loses packets", victim.ipv4() + ":" + port);
                return true;
            }
        }
    }

    @Test
    void shouldSayWhatWasNotSeen() {
        JsonNode answer = ask("9999");
        assertEquals("not-seen", answer.path("verdict").asText());
        assertEquals("unknown", answer.path("level").asText());
        assertTrue(answer.path("sentence").asText().contains(victim.spec()), answer::toString);
        assertEquals(400, jopil.get("/api/why?q=ngnix").status());
        assertEquals(400, jopil.get("/api/why").status());
    }

    @Test
    void shouldSayThatAllIsWell() {
        client.run("ping", "-q", "-c", "3", "-i", "0.05", victim.ipv4()).orFail();
        JsonNode answer = ask("icmp and not host " + NOWHERE + " and not host " + CIRCLE + " and not host " + STRANGER);
        assertEquals("fine", answer.path("verdict").asText(), answer::toString);
    }
}
