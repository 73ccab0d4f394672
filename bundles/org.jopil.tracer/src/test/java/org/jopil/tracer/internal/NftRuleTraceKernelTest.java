// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FlowTerm;
import org.jopil.api.filter.FlowTerm.Part;
import org.jopil.api.source.RuleTrace;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real rules in a namespace of our own: three in two tables, the second of which drops. */
class NftRuleTraceKernelTest {
    private static final String NAMESPACE = "jrt" + ProcessHandle.current().pid();
    private static final int DROPPED_PORT = 8080;
    private static final int ACCEPTED_PORT = 8081;
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final String RULES =
            """
            table ip gate {
                chain web { udp dport 8080 ip saddr 127.0.0.1 counter drop comment "no web # handle 99 (verdict accept)"; }
                chain in { type filter hook input priority -5; policy accept; udp dport 8000-8090 counter jump web; }
            }
            table inet later {
                chain in { type filter hook input priority 0; policy accept; udp dport 8080-8081 accept; }
            }
            """;

    @BeforeAll
    static void addNamespace() throws IOException, InterruptedException {
        Root.need();
        run("ip", "netns", "add", NAMESPACE);
        run("ip", "-n", NAMESPACE, "link", "set", "lo", "up");
        Path rules = Files.createTempFile("jopil", ".nft");
        Files.writeString(rules, RULES);
        run("ip", "netns", "exec", NAMESPACE, "nft", "-f", rules.toString());
        Files.delete(rules);
    }

    @AfterAll
    static void deleteNamespace() throws IOException, InterruptedException {
        if (Files.exists(Path.of("/run/netns", NAMESPACE))) {
            run("ip", "netns", "del", NAMESPACE);
        }
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(
                process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0,
                () -> String.join(" ", command) + "\n" + text);
        return text;
    }

    private static String tables() throws IOException, InterruptedException {
        return run("ip", "netns", "exec", NAMESPACE, "nft", "list", "tables");
    }

    private static RuleTrace.Request request(int packets, FlowTerm... flow) {
        return new RuleTrace.Request(NAMESPACE, List.of(flow), LONGEST, packets);
    }

    private static FlowTerm to(int port) {
        return new FlowTerm(Part.DESTINATION_PORT, String.valueOf(port));
    }

    /** Sends to a port until it is closed. */
    private static final class Traffic implements AutoCloseable {
        private final Thread thread;
        private volatile boolean over;

        Traffic(int port) {
            thread = new Thread(() -> NetworkNamespace.named(NAMESPACE).call(() -> {
                send(port);
                return null;
            }));
            thread.start();
        }

        private void send(int port) throws IOException {
            try (DatagramSocket socket = new DatagramSocket()) {
                for (int i = 0; i < 400 && !over; i++) {
                    socket.send(new DatagramPacket(new byte[9], 9, InetAddress.getByName("127.0.0.1"), port));
                    LockSupport.parkNanos(PAUSE_NS);
                }
            }
        }

        @Override
        public void close() throws InterruptedException {
            over = true;
            thread.join();
        }
    }

    @Test
    void shouldNameTheRuleThatDrops() throws IOException, InterruptedException {
        RuleTrace.Result result;
        long beginNs = System.nanoTime();
        RuleTrace trace = new NftRuleTrace(new NothingHidden());
        trace.check(request(0, to(DROPPED_PORT)));
        try (Traffic traffic = new Traffic(DROPPED_PORT)) {
            result = trace.trace(request(0, to(DROPPED_PORT)));
        }
        assertTrue(System.nanoTime() - beginNs < LONGEST.toNanos(), "ends with the first drop");
        RuleTrace.Decision drop = result.drop().orElseThrow(() -> new AssertionError(result));
        assertEquals("ip gate web input", String.join(" ", drop.family(), drop.table(), drop.chain(), drop.hook()));
        assertEquals(
                "ip saddr 127.0.0.1 udp dport 8080 counter drop comment \"no web # handle 99 (verdict accept)\"",
                normalised(drop.rule()));
        assertEquals(handle("gate", "no web"), drop.handle());
        assertTrue(drop.packet().matches("udp 127\\.0\\.0\\.1:\\d+ > 127\\.0\\.0\\.1:8080"), drop.packet());
        RuleTrace.Decision jump = result.decisions().get(0);
        assertEquals("jump web", jump.verdict());
        assertEquals(handle("gate", "jump"), jump.handle());
        assertTrue(result.decisions().stream().noneMatch(d -> d.table().equals("later")), result.toString());
        assertTrue(result.received() >= 1 && result.sent() >= 1 && !result.isPartial(), result.toString());
        assertEquals(result.received() + result.sent(), result.traced(), "every packet of so few");
        assertEquals(result.received(), drop.packets(), "one rule drops them all");
        assertFalse(tables().contains("jopil"), "nothing is left");
    }

    /** nft may write the two matches in the order of the rule or of the headers. */
    private static String normalised(String rule) {
        String other = "udp dport 8080 ip saddr 127.0.0.1 ";
        return rule.startsWith(other) ? "ip saddr 127.0.0.1 udp dport 8080 " + rule.substring(other.length()) : rule;
    }

    private static long handle(String table, String part) throws IOException, InterruptedException {
        return run("ip", "netns", "exec", NAMESPACE, "nft", "-a", "list", "table", "ip", table)
                .lines()
                .filter(line -> line.contains(part) && !line.contains("policy") && !line.contains("{"))
                .map(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldShowEveryTableThatAPacketGoesThrough() throws IOException, InterruptedException {
        RuleTrace.Result result;
        try (Traffic traffic = new Traffic(ACCEPTED_PORT)) {
            result = new NftRuleTrace(new NothingHidden())
                    .trace(request(
                            4,
                            new FlowTerm(Part.PROTOCOL, "udp"),
                            new FlowTerm(Part.ADDRESS, "127.0.0.1"),
                            to(ACCEPTED_PORT)));
        }
        assertTrue(result.drop().isEmpty() && result.traced() >= 4, result.toString());
        assertTrue(
                result.decisions().stream()
                        .anyMatch(d -> d.table().equals("later")
                                && d.verdict().equals("accept")
                                && d.hook().equals("input")
                                && d.packets() >= 1),
                result.toString());
        assertTrue(
                result.decisions().stream()
                        .anyMatch(d -> d.rule().equals("policy")
                                && d.handle() == 0
                                && d.chain().equals("in")),
                result.toString());
        assertFalse(tables().contains("jopil"), "nothing is left");
    }

    @Test
    void shouldSeeNothingWhereNothingComes() throws IOException, InterruptedException {
        RuleTrace.Result result = new NftRuleTrace(new NothingHidden())
                .trace(new RuleTrace.Request(NAMESPACE, List.of(to(1)), Duration.ofSeconds(1), 0));
        assertEquals(new RuleTrace.Result(0, 0, 0, false, List.of()), result);
    }

    @Test
    void shouldEndWhenInterrupted() throws IOException, InterruptedException {
        Thread thread = new Thread(() -> {
            new NftRuleTrace(new NothingHidden()).trace(request(0, to(1)));
            assertTrue(Thread.interrupted());
        });
        thread.start();
        await("jopil_trace_", true);
        thread.interrupt();
        thread.join(5000);
        assertFalse(thread.isAlive());
        assertFalse(tables().contains("jopil"), "nothing is left");
    }

    private static void await(String text, boolean there) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (tables().contains(text) != there) {
            assertTrue(System.nanoTime() < deadlineNs, () -> text + " is " + (there ? "not " : "") + "there");
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** A JVM of its own, killed in the middle. */
    @Test
    void shouldLeaveNothingWhenKilled() throws IOException, InterruptedException {
        Process victim = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        NAMESPACE)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<ProcessHandle> children = new ArrayList<>();
        try {
            await("jopil_trace_" + victim.pid(), true);
            victim.descendants().forEach(children::add);
            assertTrue(children.size() >= 2, children::toString);
        } finally {
            victim.destroyForcibly().waitFor();
        }
        await("jopil_trace_", false);
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (children.stream().anyMatch(ProcessHandle::isAlive)) {
            assertTrue(System.nanoTime() < deadlineNs, () -> "still there: " + children);
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** Traces a flow that never comes. */
    public static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) {
            new NftRuleTrace(new NothingHidden())
                    .trace(new RuleTrace.Request(arguments[0], List.of(to(1)), RuleTrace.LONGEST, 0));
        }
    }

    @Test
    void shouldRefuseWhatItCannotTrace() {
        RuleTrace trace = new NftRuleTrace(new NothingHidden());
        assertEquals("JOPIL-400", code(() -> trace.check(request(0))));
        assertEquals("JOPIL-400", code(() -> trace.check(request(0, new FlowTerm(Part.PROTOCOL, "tcp")))));
        trace.check(request(0, new FlowTerm(Part.PROTOCOL, "icmp")));
        assertEquals(
                "JOPIL-404", code(() -> trace.check(new RuleTrace.Request("jrt-none", List.of(to(1)), LONGEST, 0))));
    }

    private static String code(Runnable work) {
        return assertThrows(JopilException.class, work::run).code();
    }
}
