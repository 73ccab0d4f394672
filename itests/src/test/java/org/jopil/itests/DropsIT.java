// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/**
 * What is dropped is said with its cause, exactly: JOPIL's counts equal the senders', those of bpftrace and those that
 * the host keeps itself, and nothing that arrived is called dropped.
 */
class DropsIT {
    /** {@code -Djopil.long=true}: longer, at the same rates. */
    private static final int SECONDS = Boolean.getBoolean("jopil.long") ? 10 : 2;

    private static final int EACH = 1_000;
    private static final int GOOD_PPS = 50_000;
    private static final Duration DRAINED = Duration.ofSeconds(10);

    /** A line of /api/drops. */
    private record Row(
            String reason,
            String symbol,
            String stage,
            String hook,
            String interfaceName,
            String namespace,
            String advice,
            long packets,
            long bytes) {
        static Row of(JsonNode row) {
            return new Row(
                    text(row, "reason"),
                    text(row, "symbol"),
                    text(row, "stage"),
                    text(row, "hook"),
                    text(row, "interface"),
                    text(row, "namespace"),
                    text(row, "advice_id"),
                    row.path("packets").asLong(),
                    row.path("bytes").asLong());
        }

        private static String text(JsonNode row, String name) {
            return row.path(name).isNull() ? "" : row.path(name).asText();
        }

        boolean isOf(DropCauses.Cause cause) {
            return cause.isMeant(reason, symbol, cause.stage().equals("netfilter") ? hook : "");
        }
    }

    private static List<Row> rows(Instance jopil, Set<String> namespaces) {
        List<Row> rows = new ArrayList<>();
        jopil.get("/api/drops?limit=100000").expect(200).json().path("drops").forEach(row -> rows.add(Row.of(row)));
        rows.removeIf(row -> !namespaces.contains(row.namespace));
        return rows;
    }

    private static long packets(List<Row> rows, DropCauses.Cause cause) {
        return sum(rows, cause, Row::packets);
    }

    private static long sum(List<Row> rows, DropCauses.Cause cause, ToLongFunction<Row> what) {
        return rows.stream().filter(row -> row.isOf(cause)).mapToLong(what).sum();
    }

    @Test
    void shouldCountEachCauseExactlyBesideGoodTraffic() {
        List<DropCauses.Cause> causes = DropCauses.table();
        try (DropNetwork net = DropNetwork.create();
                Instance jopil = Instance.on(net.victim().spec()).mode("tcx").start()) {
            Set<String> victim = Set.of(net.victim().namespace());
            DropCauses.Run run = DropCauses.run(net, EACH, SECONDS, GOOD_PPS);
            try {
                Instance.await(DRAINED, "all drops to be counted", () -> causes.stream()
                        .filter(DropCauses.Cause::isTold)
                        .allMatch(cause -> packets(rows(jopil, victim), cause) >= EACH));
            } finally {
                print(causes, run, rows(jopil, victim));
            }
            List<Row> rows = rows(jopil, victim);
            Map<String, String> wrong = new HashMap<>();
            for (DropCauses.Cause cause : causes) {
                if (!cause.isTold()) {
                    continue;
                }
                check(wrong, cause, "sent", EACH, run.sent().get(cause.name()));
                if (!run.isKernel(cause, EACH)) {
                    check(wrong, cause, "skb:kfree_skb, left out " + run.missed(), EACH, run.kernel(cause));
                }
                check(wrong, cause, "packets", EACH, packets(rows, cause));
                check(wrong, cause, "bytes", EACH * cause.bytes(), sum(rows, cause, Row::bytes));
                if (!cause.counter().isEmpty()) {
                    check(wrong, cause, cause.counter(), EACH, run.counters().get(cause.counter()));
                }
                for (Row row : rows) {
                    if (row.isOf(cause)) {
                        check(wrong, cause, "stage", cause.stage(), row.stage);
                        check(wrong, cause, "hook", cause.hook(), row.hook);
                        check(wrong, cause, "advice", cause.advice(), row.advice);
                    }
                }
            }
            assertEquals(Map.of(), wrong, "expected and found");
            assertTrue(
                    jopil.verb("drops", "reason == NETFILTER_DROP")
                            .orFail()
                            .out()
                            .contains("nft_do_chain"),
                    "jopil drops");
            rows.removeIf(row -> causes.stream().anyMatch(row::isOf));
            assertEquals(List.of(), rows, "dropped without a cause");
            assertEquals(run.goodSent(), run.goodReceived(), "good packets");
        }
    }

    private static void check(
            Map<String, String> wrong, DropCauses.Cause cause, String what, Object expected, Object found) {
        if (!String.valueOf(expected).equals(String.valueOf(found))) {
            wrong.put(cause.name() + ", " + what, expected + ", " + found);
        }
    }

    private static void print(List<DropCauses.Cause> causes, DropCauses.Run run, List<Row> rows) {
        String line = "%-22s %7s %7s %7s %7s  %-20s %-24s %-12s %-12s %s%n";
        System.out.printf(
                "%n" + line,
                "cause",
                "sent",
                "kernel",
                "counter",
                "jopil",
                "reason",
                "symbol",
                "stage",
                "hook",
                "advice");
        for (DropCauses.Cause cause : causes) {
            Row row = rows.stream()
                    .filter(r -> r.isOf(cause))
                    .findFirst()
                    .orElse(new Row("-", "-", "-", "-", "-", "-", "-", 0, 0));
            System.out.printf(
                    line,
                    cause.name(),
                    run.sent().get(cause.name()),
                    run.kernel(cause),
                    cause.counter().isEmpty() ? "-" : run.counters().get(cause.counter()),
                    packets(rows, cause),
                    row.reason,
                    row.symbol,
                    row.stage,
                    row.hook,
                    row.advice);
        }
        System.out.printf("good: %d sent, %d received; others: %s%n", run.goodSent(), run.goodReceived(), run.others());
    }

    /** The kernel frees much with the word for drops that was delivered, answered or only for others' ears. */
    @Test
    void shouldCallNothingDroppedThatArrived() {
        try (Namespaces net = Namespaces.pair();
                Instance jopil = Instance.on(net.right().spec()).mode("tcx").start();
                DropOracle oracle = DropOracle.start()) {
            Namespaces.Side left = net.left();
            Namespaces.Side right = net.right();
            left.run("ping", "-q", "-c", "20", "-i", "0.01", right.ipv4()).orFail();
            // in three fragments each
            left.run("ping", "-q", "-c", "20", "-i", "0.01", "-s", "4000", right.ipv4())
                    .orFail();
            left.run("ping", "-q", "-c", "20", "-i", "0.01", right.ipv6()).orFail();
            right.run("ping", "-q", "-c", "5", "-i", "0.01", "127.0.0.1").orFail();
            for (int port = 9100; port < 9104; port++) {
                talk(left, right, port);
            }
            Map<DropOracle.Place, Long> kernel = oracle.stop();
            Set<Long> inodes = Set.of(inode(left), inode(right));
            kernel.keySet().removeIf(place -> !inodes.contains(place.namespace()));
            System.out.printf("%n%7s  %s%n", "packets", "freed as dropped by the kernel, though nothing was lost");
            new TreeSet<>(kernel.keySet().stream()
                            .map(place -> String.format("%7d  %s", kernel.get(place), place))
                            .toList())
                    .forEach(System.out::println);
            assertTrue(!kernel.isEmpty(), "without any this test shows nothing");
            // until the counts of after the last packet are there
            long sequence = sequence(jopil);
            Instance.await(DRAINED, "new counts", () -> sequence(jopil) >= sequence + 3);
            assertEquals(List.of(), rows(jopil, Set.of(left.namespace(), right.namespace())));
        }
    }

    /** UDP, and TCP from the handshake to an orderly end on both sides. */
    private static void talk(Namespaces.Side from, Namespaces.Side to, int port) {
        String at = Integer.toString(port);
        try (Traffic.Running receiver = Traffic.start(to, "receive", to.ipv4(), at, "200", "5");
                Traffic.Running server = Traffic.start(to, "tcp-receive", to.ipv4(), at, "200000")) {
            Instance.await(
                    Duration.ofSeconds(5), "sockets", () -> receiver.hasPrinted("ready") && server.hasPrinted("ready"));
            Traffic.start(from, "send", to.ipv4(), at, "200", "10000").await();
            receiver.await();
            try (Traffic.Running client = Traffic.start(from, "tcp-send", to.ipv4(), at, "200000")) {
                Instance.await(
                        Duration.ofSeconds(10),
                        "the end of the data",
                        () -> client.hasPrinted("bytes_sent") && server.hasPrinted("segs_in"));
            }
        }
    }

    private static long inode(Namespaces.Side side) {
        return Long.parseLong(Command.run("stat", "-Lc", "%i", "/run/netns/" + side.namespace())
                .orFail()
                .out()
                .strip());
    }

    private static long sequence(Instance jopil) {
        return jopil.get("/api/stats").expect(200).json().path("sequence").asLong();
    }
}
