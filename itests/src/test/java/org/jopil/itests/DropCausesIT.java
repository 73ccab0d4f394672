// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
                        run.counters().getOrDefault(cause.counter(), -1L),
                        cause.reason());
            }
            System.out.println("others: " + run.others());

            for (DropCauses.Cause cause : DropCauses.table()) {
                assertEquals(EACH, run.sent().get(cause.name()), cause.name() + ", sent");
                if (cause.isTold()) {
                    assertEquals(EACH, run.kernel(cause), cause.name() + ", skb:kfree_skb; all: " + run.kernel());
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
}
