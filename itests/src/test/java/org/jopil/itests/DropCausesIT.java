// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That the causes are what their table says, on this kernel and without JOPIL: else {@link DropsIT} proves nothing. */
class DropCausesIT {
    private static final int EACH = 1_000;
    private static final int SECONDS = 2;
    private static final int GOOD_PPS = 50_000;

    @Test
    void shouldBeDroppedAsTheTableSays() {
        try (DropNetwork net = DropNetwork.create()) {
            DropCauses.Run run = DropCauses.run(net, EACH, SECONDS, GOOD_PPS);
            System.out.printf("%n%-22s %7s %7s %7s  %s%n", "cause", "sent", "kernel", "counter", "reason");
            for (DropCauses.Cause cause : DropCauses.table()) {
                System.out.printf(
                        "%-22s %7d %7s %7s  %s%n",
                        cause.name(),
                        run.sent().get(cause.name()),
                        cause.isTold() ? run.kernel(cause) : "-",
                        cause.counter().isEmpty() ? "-" : run.counters().get(cause.counter()),
                        cause.reason());
            }
            System.out.println("others: " + run.others() + "; bpftrace was left out " + run.missed() + " times");

            for (DropCauses.Cause cause : DropCauses.table()) {
                assertEquals(EACH, run.sent().get(cause.name()), cause.name() + ", sent");
                if (cause.isTold()) {
                    assertTrue(
                            run.isKernel(cause, EACH),
                            cause.name() + ", skb:kfree_skb " + run.kernel(cause) + "; all: " + run.kernel());
                }
                if (!cause.counter().isEmpty()) {
                    assertEquals(EACH, run.counters().get(cause.counter()), cause.counter());
                }
            }
            assertEquals(2 * EACH, run.counters().get("TcpExt:ListenOverflows"), "ACKs and SYNs");
            assertEquals(2 * EACH, run.counters().get("Udp:InCsumErrors"), "at arrival and at the read");
            assertEquals(Map.of(), run.others(), "dropped without a cause");
            assertEquals(run.goodSent(), run.goodReceived(), "good packets");
        }
    }

    private static final String RULES =
            "bundles/org.jopil.analyzer.drop/src/main/resources/org/jopil/analyzer/drop/" + "internal/drop-rules.tsv";

    /** One line of the rules, see there. */
    private record Rule(
            String id, String reason, String symbol, String stage, String hook, String sentence, String command) {
        boolean fits(DropCauses.Cause cause, String aReason, String aSymbol) {
            return DropCauses.fits(reason, aReason)
                    && DropCauses.fits(symbol, aSymbol)
                    && (cause.stage().equals("netfilter") && DropCauses.fits(hook, cause.hook()) || hook.equals("*"));
        }
    }

    @Test
    void shouldHaveTheAdviceOfTheTable() throws IOException {
        List<Rule> rules = Files.readAllLines(Path.of(System.getProperty("jopil.root"), RULES)).stream()
                .filter(line -> !line.startsWith("#") && !line.startsWith("stage-"))
                .map(line -> line.split("\t", -1))
                .map(w -> new Rule(w[0], w[1], w[2], w[3], w[4], w[5], w[6]))
                .toList();
        for (DropCauses.Cause cause : DropCauses.table()) {
            if (cause.isTold()) {
                // the first of several reasons; a pattern of functions stands for one of them
                Rule first = rules.stream()
                        .filter(rule -> rule.fits(cause, cause.reason().split("\\|")[0], cause.symbol()))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("no rule for " + cause));
                assertEquals(cause.advice(), first.id, cause.name());
                assertEquals(cause.stage(), first.stage, cause.name());
            }
        }
        for (Rule rule : rules) {
            String command = rule.command
                    .replace("{option}", "")
                    .replaceAll("\\{(interface|namespace|port)}", "1")
                    .replace("{ns}", "ip netns exec 1 ");
            assertTrue(rule.sentence.endsWith("."), rule.toString());
            Command.run("sh", "-n", "-c", command).orFail();
            assertTrue(!command.contains("{"), rule.toString());
        }
    }
}
