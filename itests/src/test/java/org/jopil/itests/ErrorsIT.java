// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bad luck, provoked for real: what people are told, by code and text, over REST, in the shell and by the launcher, and
 * that nothing else suffers. What the launcher refuses before anything runs is in {@link RefusalsIT}, who gets in, in
 * {@link AccessIT}.
 */
class ErrorsIT {
    private static final Duration SOON = Duration.ofSeconds(5);

    private static Namespaces stays;
    private static Instance jopil;

    /** Comes and goes with each test. */
    private Namespaces net;

    @BeforeAll
    static void start() {
        stays = Namespaces.pair();
        jopil = Instance.on(stays.right().spec()).start();
    }

    @AfterAll
    static void stop() {
        try {
            if (jopil != null) {
                jopil.close();
            }
        } finally {
            stays.close();
        }
    }

    @BeforeEach
    void makeNet() {
        net = Namespaces.pair();
    }

    @AfterEach
    void removeNet() {
        String spec = net.right().spec();
        net.close();
        jopil.verb("detach", spec);
        awaitHealth("up");
    }

    // ---- 120, 121: somebody else's program

    @ParameterizedTest
    @CsvSource({
        "ip xdpdrv, native, generic",
        "ip xdpgeneric, generic, native",
        "xdp-loader native, native, generic",
        "xdp-loader skb, generic, native"
    })
    void shouldNeverDisplaceSomebodyElsesProgram(String how, String mode, String otherMode) {
        Namespaces.Side side = net.right();
        occupy(side, how);
        try {
            JsonNode holder = xdp(side);
            assertTrue(holder.path("id").asInt() > 0, holder::toString);
            String who = "(id " + holder.path("id").asInt() + ", " + mode + ")";

            JsonNode same = refused(409, "JOPIL-120", side, mode);
            assertEquals(
                    side.spec() + " already runs another XDP program",
                    same.path("title").asText());
            assertContains(
                    same.path("detail").asText(),
                    who,
                    "JOPIL did not touch it",
                    "jopil attach " + side.spec() + " --mode tcx");

            JsonNode other = refused(409, "JOPIL-121", side, otherMode);
            assertEquals(
                    side.spec() + " has an XDP program in the other mode",
                    other.path("title").asText());
            assertContains(other.path("detail").asText(), who, "cannot be active at the same time", "--mode tcx");

            Command.Result verb = jopil.verb("attach", side.spec(), "--mode", mode);
            assertEquals(1, verb.status(), verb.text());
            assertContains(verb.err(), "jopil: JOPIL-120 " + side.spec() + " already runs another XDP program", who);
            Command.Result shell = jopil.ssh("jopil:attach --mode " + mode + " " + side.spec());
            assertEquals(1, shell.status(), shell.text());
            assertContains(shell.text(), "JOPIL-120 " + side.spec() + " already runs another XDP program", who);

            // beside it we can watch, and it stays
            JsonNode beside = attach(side, "tcx").expect(200).json();
            assertEquals("tcx", beside.path("hook").path("ingress").asText());
            assertEquals(holder.path("id"), xdp(side).path("id"));
            assertCounts(side);
        } finally {
            free(side, how);
        }
    }

    /** A program that is attached by a link, as ours are: another JOPIL. */
    @Test
    void shouldNotDisplaceAnotherJopil() {
        Namespaces.Side side = net.right();
        try (Instance other = Instance.on(side.spec()).mode("native").start()) {
            int id = xdp(side).path("id").asInt();
            JsonNode taken = refused(409, "JOPIL-120", side, "native");
            assertContains(taken.path("detail").asText(), "(id " + id + ", native)", "JOPIL did not touch it");
            refused(409, "JOPIL-121", side, "generic");
            attach(side, "tcx").expect(200);
            assertCounts(side);
            assertEquals(id, xdp(side).path("id").asInt());
            assertEquals("up", other.get("/api/health").json().path("status").asText());
        }
    }

    private static void occupy(Namespaces.Side side, String how) {
        switch (how) {
            case "ip xdpdrv", "ip xdpgeneric" -> side.run(
                            "ip", "link", "set", side.interfaceName(), how.substring(3), "obj", foreign(), "sec", "xdp")
                    .orFail();
                // `ip netns exec` would hide the bpffs from it
            default -> nsenter(side, "xdp-loader", "load", "-m", how.substring(11), side.interfaceName(), foreign())
                    .orFail();
        }
    }

    private static void free(Namespaces.Side side, String how) {
        if (how.startsWith("ip ")) {
            side.run("ip", "link", "set", side.interfaceName(), how.substring(3), "off");
        } else {
            nsenter(side, "xdp-loader", "unload", "--all", side.interfaceName());
        }
    }

    private static Command.Result nsenter(Namespaces.Side side, String... words) {
        return Command.of(Stream.concat(Stream.of("nsenter", "--net=/run/netns/" + side.namespace()), Stream.of(words))
                        .toList())
                .run();
    }

    private static String foreign() {
        Path source = Path.of(System.getProperty("jopil.root"), "itests/src/test/native/foreign.bpf.c");
        Path target = Instance.work().resolve("foreign.bpf.o");
        if (!Files.exists(target)) {
            Command.run("clang", "-O2", "-g", "-target", "bpf", "-c", source.toString(), "-o", target.toString())
                    .orFail();
        }
        return target.toString();
    }

    private static JsonNode xdp(Namespaces.Side side) {
        String links = side.run("ip", "-j", "-d", "link", "show", "dev", side.interfaceName())
                .orFail()
                .out();
        return new Http.Response(200, Map.of(), links)
                .json()
                .path(0)
                .path("xdp")
                .path("prog");
    }

    // ---- 122, 124, 125: the interface

    @Test
    void shouldSayThatADriverHasNoNativeXdp() {
        // lo of another namespace: the machine's own stays as it is
        Namespaces.Side side = net.right();
        String spec = side.namespace() + "/lo";
        JsonNode attached = jopil.post("/api/interfaces/" + spec + "/attach", "{\"mode\":\"native\"}")
                .expect(200)
                .json();
        assertContains(
                attached.path("why").asText(),
                "JOPIL-122 Driver 'lo' has no native XDP; switched to generic XDP: correct results, lower speed");
        side.run("ping", "-c", "3", "-i", "0.2", "127.0.0.1").orFail();
        Instance.await(SOON, "the packets to be counted", () -> packets(spec, "ingress") >= 6);
        jopil.verb("detach", spec).orFail();
    }

    @Test
    void shouldNameNearInterfacesThatExist() {
        Namespaces.Side side = net.right();
        String wrong = side.spec() + "x";
        JsonNode problem = jopil.post("/api/interfaces/" + wrong + "/attach", "{}")
                .expect(404)
                .json();
        assertEquals("JOPIL-124", problem.path("code").asText());
        assertEquals(
                "Interface " + wrong + " does not exist", problem.path("title").asText());
        assertContains(problem.path("detail").asText(), "Did you mean " + side.spec() + "?");
        for (Command.Result result : List.of(jopil.verb("attach", wrong), jopil.ssh("jopil:attach " + wrong))) {
            assertEquals(4, result.status(), result.text());
            assertContains(
                    result.text(), "JOPIL-124 Interface " + wrong + " does not exist", "Did you mean " + side.spec());
        }
        Command.Result unknown = jopil.verb("attach", "nowhere/eth0");
        assertEquals(4, unknown.status(), unknown.text());
        assertContains(unknown.text(), "JOPIL-124", "There is no network namespace nowhere");
    }

    @Test
    void shouldSayThatAnInterfaceIsDown() {
        Namespaces.Side side = net.right();
        side.run("ip", "link", "set", side.interfaceName(), "down").orFail();
        assertContains(
                attach(side, "tcx").expect(200).json().path("why").asText(),
                "JOPIL-125 " + side.interfaceName() + " is down: packets will appear when the link comes up (ip link"
                        + " set " + side.interfaceName() + " up)");
        awaitHealth("up");
        side.run("ip", "link", "set", side.interfaceName(), "up").orFail();
        Instance.await(
                SOON,
                "the note to go",
                () -> !status(side.spec()).path("why").asText().contains("JOPIL-125"));
        side.run("ip", "link", "set", side.interfaceName(), "down").orFail();
        Instance.await(
                SOON,
                "the note to come back",
                () -> status(side.spec()).path("why").asText().contains("JOPIL-125"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "generic", "tcx"})
    void shouldFollowAnInterfaceThatGoesAndComesBack(String mode) {
        Namespaces.Side side = net.right();
        attach(side, mode).expect(200);
        assertCounts(side);
        long before = packets(side.spec(), "ingress");
        side.run("ip", "link", "del", side.interfaceName()).orFail();
        awaitHealth("degraded");
        assertContains(
                sensorSays(),
                "JOPIL-124 " + side.interfaceName() + " disappeared at ",
                "JOPIL attaches again when it returns");
        assertEquals("gone", status(side.spec()).path("watch").asText());
        remake(net);
        awaitHealth("up");
        assertEquals("attached", status(side.spec()).path("watch").asText());
        assertCounts(side);
        assertTrue(packets(side.spec(), "ingress") > before, "counts go on where they were");
    }

    private static void remake(Namespaces net) {
        Namespaces.Side left = net.left();
        Namespaces.Side right = net.right();
        left.run(
                        "ip",
                        "link",
                        "add",
                        left.interfaceName(),
                        "type",
                        "veth",
                        "peer",
                        "name",
                        right.interfaceName(),
                        "netns",
                        right.namespace())
                .orFail();
        for (Namespaces.Side side : List.of(left, right)) {
            side.run("ip", "addr", "add", side.ipv4() + "/24", "dev", side.interfaceName())
                    .orFail();
            side.run("ip", "link", "set", side.interfaceName(), "up").orFail();
        }
    }

    @Test
    void shouldFollowARenameUnderTraffic() {
        Namespaces.Side side = net.right();
        Namespaces.Side renamed =
                new Namespaces.Side(side.namespace(), side.interfaceName() + "n", side.ipv4(), side.ipv6());
        attach(side, "tcx").expect(200);
        int packets = 200_000; // 10 s: the looks of a second each fit in, on a busy machine, too
        try (Traffic.Running receiver = Traffic.start(side, "receive", side.ipv4(), "9003", "" + packets, "3")) {
            Instance.await(SOON, "the receiver", () -> receiver.hasPrinted("ready"));
            long before = packets(side.spec(), "ingress");
            try (Traffic.Running sender =
                    Traffic.start(net.left(), "send", side.ipv4(), "9003", "" + packets, "20000")) {
                Instance.await(SOON, "packets to be counted", () -> packets(side.spec(), "ingress") > before);
                side.run("ip", "link", "set", side.interfaceName(), "name", renamed.interfaceName())
                        .orFail();
                Instance.await(
                        SOON,
                        "the new name",
                        () -> status(renamed.spec()).path("watch").asText().equals("attached"));
                assertTrue(sender.process().isAlive(), "it was sending all the time");
                sender.await();
                receiver.await();
                // ARP and neighbour discovery come on top
                Instance.await(SOON, "all to be counted", () -> packets(renamed.spec(), "ingress") - before >= packets);
            }
        } finally {
            jopil.verb("detach", renamed.spec());
        }
    }

    // ---- a hook that was taken away

    @ParameterizedTest
    @ValueSource(strings = {"native", "generic", "tcx"})
    void shouldNoticeASeveredLinkAndMendIt(String mode) {
        Namespaces.Side side = net.right();
        KernelObjects before = KernelObjects.heldBy(jopil.pid());
        attach(side, mode).expect(200);
        assertCounts(side);
        KernelObjects held = KernelObjects.heldBy(jopil.pid());
        int link = held.links().stream()
                .filter(id -> !before.links().contains(id))
                .findFirst()
                .orElseThrow();
        Command.run("bpftool", "link", "detach", "id", "" + link).orFail();
        // a second later it is mended: status and text out of one answer
        Instance.await(Duration.ofSeconds(10), "it to be noticed", () -> {
            JsonNode health = jopil.get("/api/health").json();
            String text = health.path("checks").toString();
            return health.path("status").asText().equals("degraded")
                    && text.contains(side.spec() + ": ")
                    && text.contains(" was detached from outside at ")
                    && text.contains("(bpftool link detach?); trying again");
        });
        awaitHealth("up");
        assertNotEquals(held.links(), KernelObjects.heldBy(jopil.pid()).links());
        assertEquals(
                held.links().size(), KernelObjects.heldBy(jopil.pid()).links().size());
        assertCounts(side);
    }

    // ---- 110, 101: the kernel and the rights

    @Test
    void shouldWatchWithoutTypeDataAndSayWhatIsMissing() {
        String[] hidden = {"unshare", "-m", "sh", "-c", "mount -t tmpfs none /sys/kernel/btf; exec \"$@\"", "sh"};
        try (Instance without =
                Instance.on(net.right().spec()).mode("native").by(hidden).start()) {
            assertEquals("up", without.get("/api/health").json().path("status").asText());
            JsonNode finding = null;
            for (JsonNode row : without.get("/api/doctor").expect(200).json()) {
                if (row.path("capability").asText().equals("Kernel type data")) {
                    finding = row;
                }
            }
            assertEquals("missing", finding.path("status").asText());
            assertContains(
                    finding.path("reason").asText(),
                    "JOPIL-110",
                    "Built without CONFIG_DEBUG_INFO_BTF",
                    "Counters and flows work");
            Command.Result shell = without.ssh("jopil:doctor");
            assertEquals(1, shell.status(), shell.text());
            assertContains(shell.text(), "JOPIL-110");
            JsonNode drops = without.get("/api/drops").expect(503).json();
            assertEquals("JOPIL-110", drops.path("code").asText(), drops::toString);
            assertContains(drops.path("detail").asText(), "counters and flows are");
            ping(net.right());
            Instance.await(
                    SOON,
                    "packets to be counted",
                    () -> without.get("/api/stats").json().path("total_packets").asLong() > 0);
        }
        Command.Result doctor = Command.of(
                        Stream.concat(Stream.of(hidden), Stream.of(Instance.launcher(), "doctor", "--json"))
                                .toList())
                .run();
        assertEquals(1, doctor.status(), doctor.text());
        assertContains(doctor.out(), "JOPIL-110");
    }

    @Test
    void shouldSayWhichRightsAreMissing() {
        Command.Result doctor = Command.run(
                "setpriv",
                "--reuid=65534",
                "--clear-groups",
                "--bounding-set=-all",
                "--inh-caps=-all",
                Instance.launcher(),
                "doctor");
        assertEquals(2, doctor.status(), doctor.text());
        assertContains(
                doctor.out().replaceAll("\\s+", " "),
                "JOPIL may not load eBPF programs: it needs CAP_BPF CAP_PERFMON CAP_NET_ADMIN",
                "(JOPIL-101)",
                "sudo",
                "AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_NET_ADMIN");
    }

    // ---- 131, 133: questions

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "tcp prot 80; Column 5: 'prot' does not fit here. Did you mean port",
                "byts > 10; Did you mean bytes",
                "bytes >; Expected: a value",
                "(tcp; Expected:",
                "host 10.0.0.300; 10.0.0.300",
                "tcp[13] & 2 != 0; reads bytes that only packets have. Did you mean packets?"
            })
    void shouldShowWhereAFilterIsWrong(String filter, String text) {
        JsonNode problem = jopil.get("/api/flows?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8))
                .expect(400)
                .json();
        assertEquals("JOPIL-131", problem.path("code").asText());
        assertEquals("The filter has a mistake", problem.path("title").asText());
        assertContains(problem.path("detail").asText(), text);
        Command.Result verb = jopil.verb("flows", filter);
        assertEquals(2, verb.status(), verb.text());
        assertContains(verb.err(), "jopil: JOPIL-131 The filter has a mistake", text);
        Command.Result shell = jopil.ssh("jopil:flows '" + filter + "'");
        assertEquals(2, shell.status(), shell.text());
        assertContains(shell.text(), "JOPIL-131 The filter has a mistake", text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ip and ip6", "tcp and udp", "arp and port 80", "not (ip or not ip)"})
    void shouldSayThatAFilterCanNeverMatch(String filter) {
        JsonNode problem = jopil.get("/api/flows?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8))
                .expect(400)
                .json();
        assertEquals("JOPIL-132", problem.path("code").asText());
        assertEquals("This filter can never match", problem.path("title").asText());
        assertContains(problem.path("detail").asText(), "'" + filter + "' asks for what no packet is at once");
        Command.Result verb = jopil.verb("flows", filter);
        assertEquals(2, verb.status(), verb.text());
        assertContains(verb.err(), "jopil: JOPIL-132 This filter can never match", filter);
        Command.Result shell = jopil.ssh("jopil:packets '" + filter + "'");
        assertEquals(2, shell.status(), shell.text());
        assertContains(shell.text(), "JOPIL-132 This filter can never match", filter);
    }

    @Test
    void shouldNameTheColumnsToSortBy() {
        JsonNode problem = jopil.get("/api/flows?sort=-byts").expect(400).json();
        assertEquals("JOPIL-133", problem.path("code").asText());
        assertContains(problem.path("detail").asText(), "bytes", "packets");
        Command.Result verb = jopil.verb("flows", "--sort", "-byts");
        assertEquals(2, verb.status(), verb.text());
        assertContains(verb.err(), "JOPIL-133 Cannot sort by 'byts'");
    }

    // ---- 160: an analyzer that throws

    @Test
    void shouldQuarantineAnAnalyzerThatThrows() throws IOException {
        try (Plugin.Deployed guard = throwingAnalyzer().deployIn(jopil)) {
            Instance.await(Duration.ofSeconds(30), "the quarantine", () -> stateOf("dns-guard")
                    .equals("quarantined"));
            Instance.await(SOON, "the log to say so", () -> jopil.log()
                    .contains("JOPIL-160 Analyzer \"dns-guard\" was stopped after 5 errors: bundle "));
            assertTrue(jopil.log().contains("I can't go on"), "with the cause");
            JsonNode problem = jopil.get("/api/reports/dns-guard").expect(503).json();
            assertEquals("JOPIL-160", problem.path("code").asText());
            assertEquals(
                    "Analyzer \"dns-guard\" was stopped after 5 errors",
                    problem.path("title").asText());
            assertContains(
                    problem.path("detail").asText(), "I can't go on", "Nothing else is affected", "bundle:restart ");
            assertContains(jopil.verb("analyzers").orFail().out(), "dns-guard", "quarantined");
            Command.Result verb = jopil.verb("report", "dns-guard");
            assertEquals(1, verb.status(), verb.text());
            assertContains(verb.err(), "JOPIL-160 Analyzer \"dns-guard\" was stopped after 5 errors");
            for (String other : List.of(
                    "arp",
                    "captures",
                    "cpus",
                    "device-drops",
                    "drop-events",
                    "drops",
                    "drops-normal",
                    "flows",
                    "journeys",
                    "latency",
                    "packets",
                    "protocols",
                    "stands-out",
                    "tcp")) {
                assertEquals("running", stateOf(other), other);
            }
            assertEquals(
                    "degraded", jopil.get("/api/health").json().path("status").asText());
        }
        Instance.await(SOON, "it to go", () -> stateOf("dns-guard").isEmpty());
    }

    private static String stateOf(String analyzer) {
        for (JsonNode row : jopil.get("/api/analyzers").expect(200).json()) {
            if (row.path("name").asText().equals(analyzer)) {
                return row.path("state").asText();
            }
        }
        return "";
    }

    private static Plugin throwingAnalyzer() {
        return Plugin.of(
                "dns-guard",
                "DnsGuard",
                """
                import org.jopil.api.analyzer.PacketAnalyzer;
                import org.jopil.api.event.PacketBatch;
                import org.jopil.api.report.Query;
                import org.jopil.api.report.Report;
                import org.jopil.api.report.ReportSource;

                public final class DnsGuard implements PacketAnalyzer, ReportSource {
                    @Override
                    public void onPackets(PacketBatch batch) {
                        throw new IllegalStateException("I can't go on");
                    }

                    @Override
                    public Report report(Query query) {
                        throw new IllegalStateException("nor this");
                    }
                }
                """);
    }

    // ---- looks at the instance

    private static Http.Response attach(Namespaces.Side side, String mode) {
        return jopil.post("/api/interfaces/" + side.spec() + "/attach", "{\"mode\":\"" + mode + "\"}");
    }

    private static JsonNode refused(int status, String code, Namespaces.Side side, String mode) {
        Http.Response response = attach(side, mode).expect(status);
        assertTrue(response.headers().get("content-type").startsWith("application/problem+json"), response.toString());
        assertEquals(code, response.json().path("code").asText());
        assertFalse(response.body().contains("\tat "), "no stack trace");
        return response.json();
    }

    private static JsonNode status(String spec) {
        for (JsonNode row : jopil.get("/api/interfaces").expect(200).json()) {
            if (row.path("name").asText().equals(spec)) {
                return row;
            }
        }
        return new com.fasterxml.jackson.databind.ObjectMapper().createObjectNode();
    }

    private static long packets(String spec, String direction) {
        return status(spec).path(direction + "_packets").asLong();
    }

    private static String sensorSays() {
        for (JsonNode check : jopil.get("/api/health").json().path("checks")) {
            if (check.path("name").asText().equals("sensor")) {
                return check.path("message").asText();
            }
        }
        return "";
    }

    private static void awaitHealth(String status) {
        Instance.await(
                Duration.ofSeconds(10),
                "health to be " + status,
                () -> jopil.get("/api/health").json().path("status").asText().equals(status));
    }

    private void ping(Namespaces.Side to) {
        net.left().run("ping", "-c", "5", "-i", "0.1", to.ipv4()).orFail();
    }

    /** What comes in now is counted. */
    private void assertCounts(Namespaces.Side side) {
        long before = packets(side.spec(), "ingress");
        ping(side);
        Instance.await(SOON, "packets to be counted", () -> packets(side.spec(), "ingress") >= before + 5);
    }

    private static void assertContains(String text, String... parts) {
        for (String part : parts) {
            assertTrue(text.contains(part), () -> "wanted '" + part + "' in: " + text);
        }
    }
}
