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
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The demo's faults do what their names say, by other witnesses than JOPIL, and their switches work within a second. */
class DemoFaultsIT {
    private static final Duration AT_ONCE = Duration.ofSeconds(1);
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Pattern RULE = Pattern.compile("dport 8080 counter packets (\\d+)");

    /** Five orders on one connection; the microseconds until each is answered. */
    private static final String ORDER =
            """
            exec 3<>/dev/tcp/10.77.1.2/7000
            for i in 1 2 3 4 5; do
                from=$EPOCHREALTIME; echo lamp >&3; read -r _ <&3; to=$EPOCHREALTIME
                echo $((${to/[.,]/} - ${from/[.,]/}))
            done""";

    /** Two hundred looks in four seconds; in how many of them something lay unread. */
    private static final String UNREAD =
            """
            for i in {1..200}; do
                while read -r _ queued _; do ((queued == 0)) || { n=$((n + 1)); break; }; done < <(ss -Htn sport = :7000)
                read -rt 0.02 <> <(:)
            done
            echo $((n))""";

    private static Demo demo;

    @BeforeAll
    static void open() {
        demo = Demo.start();
    }

    @AfterAll
    static void end() {
        demo.close();
    }

    @Test
    void shouldTellWhatPeopleComplainOfAndNotWhy() {
        String story = demo.output();
        assertTrue(story.contains("Three things are broken. Find them: http://127.0.0.1:"), story);
        String faults = Demo.verb("faults").orFail().out();
        for (String cause : List.of("nft", "sleep", "50 ms", "SO_RCVBUF", "port 8080")) {
            assertTrue(!story.contains(cause) && !faults.contains(cause), cause);
        }
        for (int hint = 1; hint <= 3; hint++) {
            assertTrue(Demo.verb("hint", "" + hint).orFail().out().contains("jopil "));
        }
    }

    @Test
    void shouldDropWhatGoesToPort8080() {
        turn("firewall", "on");
        long before = dropped();
        soon("the rule to count", () -> dropped() > before);
        assertEquals(124, parcels(), "nobody answers");
        assertDropSeen("NETFILTER_DROP", "orders", "netfilter");

        turn("firewall", "off");
        atOnce("port 8080 to answer", () -> parcels() == 0);
        assertEquals(
                "", Demo.inside("orders", "nft", "list", "ruleset").orFail().out());
    }

    @Test
    void shouldSayThatTheFirewallIsRepairedWhenSomebodyDidItByHand() {
        turn("firewall", "on");
        Demo.inside("orders", "nft", "flush", "ruleset").orFail();
        assertEquals("off", state("firewall"));
        Demo.verb("fault", "firewall", "off").orFail();
        turn("firewall", "on");
    }

    @Test
    void shouldReadLate() {
        turn("slow-reader", "on");
        atOnce("orders to be slow", () -> orders().stream().allMatch(micros -> micros >= 50_000));
        int unread = unread();

        turn("slow-reader", "off");
        atOnce("orders to be quick", () -> orders().stream().sorted().toList().get(2) < 20_000);
        int unreadAfter = unread();
        System.out.println("looks of 200 that found an unread order: " + unread + " on, " + unreadAfter + " off");
        assertTrue(unread >= 40 && unreadAfter <= unread / 4, unread + " on, " + unreadAfter + " off");
    }

    @Test
    void shouldOverflowTheBufferOfTheMetrics() {
        turn("full-buffer", "on");
        long before = overflows();
        soon("datagrams to be lost", () -> overflows() > before);
        assertDropSeen("SOCKET_RCVBUFF", "db", "socket_queue");

        turn("full-buffer", "off");
        atOnce("the buffer to be large", () -> Demo.inside("db", "ss", "-Hunam", "sport", "=", ":8125")
                .out()
                .contains("rb212992,"));
        long after = overflows();
        long arrived = datagrams();
        soon("three bursts", () -> datagrams() > arrived + 150);
        assertEquals(after, overflows(), "lost with a large buffer");
    }

    @Test
    void shouldCostLittle() {
        long[] ticks = new long[2];
        long[] packets = new long[2];
        for (int i = 0; i < 2; i++) {
            ticks[i] = Demo.pids().stream().mapToLong(DemoFaultsIT::ticks).sum();
            packets[i] = packets();
            if (i == 0) {
                Command.run("sleep", "5").orFail();
            }
        }
        double percent = (ticks[1] - ticks[0]) / 5.0; // of 100 a second
        long rate = (packets[1] - packets[0]) / 5;
        System.out.printf(Locale.ROOT, "the demo's shop: %.1f %% of a core at %d packets/s%n", percent, rate);
        assertTrue(percent <= 10 * Patience.FACTOR, percent + " % of a core");
        assertTrue(rate >= 100 && rate <= 1_500, rate + " packets/s");
    }

    @Test
    void shouldBeAskedWithoutADataDirectory() {
        String url = Command.run(Instance.launcher(), "url").orFail().out();
        try {
            assertTrue(
                    url.startsWith(
                            Files.readString(demo.data().resolve("run/http")).strip() + "/?ticket="),
                    url);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldHelpWhoMistypes() {
        for (List<String> words : List.of(
                List.of("fault", "fierwall", "on", "'firewall'"),
                List.of("fault", "firewall", "onn", "'on'"),
                List.of("falt", "firewall", "on", "'fault'"))) {
            Command.Result result = Demo.verb(words.subList(0, 3).toArray(String[]::new));
            assertEquals(2, result.status(), result::text);
            assertTrue(result.err().contains("Did you mean " + words.get(3)), result::text);
        }
        assertEquals(2, Demo.verb("hint", "4").status());
        Command.Result second = Demo.verb();
        assertEquals(1, second.status(), second::text);
        assertTrue(second.err().contains("a demo is running already"), second::text);
    }

    private static void turn(String fault, String state) {
        Command.Result result = Demo.verb("fault", fault, state).orFail();
        assertEquals(fault + " is " + state + ".\n", result.out());
        assertEquals(state, state(fault));
    }

    private static String state(String fault) {
        return Demo.verb("faults")
                .orFail()
                .out()
                .lines()
                .map(line -> line.split(" +"))
                .filter(words -> words[0].equals(fault))
                .findAny()
                .orElseThrow()[1];
    }

    private static void atOnce(String what, BooleanSupplier condition) {
        Instance.await(AT_ONCE, what, condition);
    }

    private static void soon(String what, BooleanSupplier condition) {
        Instance.await(SOON, what, condition);
    }

    /** JOPIL has it, too, at the right place, with advice. */
    private static void assertDropSeen(String reason, String part, String stage) {
        String filter = "reason == " + reason + " and namespace == jopil-demo-" + part;
        soon(filter, () -> {
            String rows = Command.run(Instance.launcher(), "--data", demo.data().toString(), "drops", "--json", filter)
                    .orFail()
                    .out();
            return rows.lines()
                    .map(DemoFaultsIT::json)
                    .anyMatch(row -> row.path("packets").asLong() > 0
                            && row.path("stage").asText().equals(stage)
                            && row.path("command").asText().startsWith("ip netns exec jopil-demo-" + part + " "));
        });
    }

    private static JsonNode json(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By the rule's own counter. */
    private static long dropped() {
        String rules = Demo.inside("orders", "nft", "list", "ruleset").orFail().out();
        Matcher matcher = RULE.matcher(rules);
        assertTrue(matcher.find(), rules);
        return Long.parseLong(matcher.group(1));
    }

    /** 0 when somebody answers, 124 when nobody does in half a second. */
    private static int parcels() {
        return Demo.inside("web", "timeout", "0.5", "bash", "-c", "exec 3<>/dev/tcp/10.77.1.2/8080")
                .status();
    }

    private static List<Long> orders() {
        return Demo.inside("web", "bash", "-c", ORDER)
                .orFail()
                .out()
                .lines()
                .map(Long::valueOf)
                .toList();
    }

    private static int unread() {
        return Integer.parseInt(
                Demo.inside("orders", "bash", "-c", UNREAD).orFail().out().strip());
    }

    /** The kernel's own count of datagrams that found no room in the socket on port 8125. */
    private static long overflows() {
        return Demo.inside("db", "cat", "/proc/net/udp")
                .orFail()
                .out()
                .lines()
                .map(line -> line.strip().split(" +"))
                .filter(words -> words[1].endsWith(":1FBD"))
                .mapToLong(words -> Long.parseLong(words[words.length - 1]))
                .sum();
    }

    /** Received in the namespace of the metrics. */
    private static long datagrams() {
        return Demo.inside("db", "nstat", "-asz", "UdpInDatagrams")
                .orFail()
                .out()
                .lines()
                .filter(line -> line.startsWith("UdpInDatagrams"))
                .mapToLong(line -> Long.parseLong(line.split(" +")[1]))
                .sum();
    }

    /** In and out on the watched interfaces. */
    private static long packets() {
        return countOf("web", "eth0") + countOf("orders", "eth0") + countOf("orders", "eth1");
    }

    private static long countOf(String part, String device) {
        return Demo.inside(part, "cat", "/proc/net/dev")
                .orFail()
                .out()
                .lines()
                .map(line -> line.strip().split("[: ]+"))
                .filter(words -> words[0].equals(device))
                .mapToLong(words -> Long.parseLong(words[2]) + Long.parseLong(words[10]))
                .sum();
    }

    /** User and system time in hundredths of a second. */
    private static long ticks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(words[11]) + Long.parseLong(words[12]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
