// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.report.Query;
import org.jopil.filter.internal.FilterLanguage;
import org.junit.jupiter.api.Test;

class StandsOutTest {
    private final Tables tables = new Tables();
    private long nowNs = 1;
    private final StandsOut standsOut = new StandsOut(tables, new FilterLanguage(), () -> nowNs);

    private List<String> after(double seconds) throws Exception {
        nowNs += (long) (seconds * 1e9);
        return Rows.of(standsOut.report(Query.first(9))).distinct("sentence");
    }

    private void dropped(double packetsPerSecond) {
        tables.with("drops")
                .clear("drops")
                .row(
                        "drops",
                        "reason",
                        "NETFILTER_DROP",
                        "symbol",
                        "nft_do_chain",
                        "hook",
                        "input",
                        "namespace",
                        "shop-a",
                        "advice_id",
                        "netfilter-input",
                        "packets_per_second",
                        packetsPerSecond);
    }

    @Test
    void shouldSayNothingOfAQuietHost() throws Exception {
        assertEquals(List.of(), after(0));
    }

    @Test
    void shouldSayDropsByTheirRateAndNotFlicker() throws Exception {
        tables.row(
                "drop-events",
                "reason",
                "NETFILTER_DROP",
                "namespace",
                "shop-a",
                "dst_port",
                8080L,
                "dst_ip",
                "10.0.0.2");
        dropped(0.4);
        assertEquals(List.of(), after(0), "too few to begin with");
        dropped(3);
        assertEquals(List.of("nft drops 3 packets a second to port 8080 in the input hook of shop-a."), after(10));
        assertEquals(
                "8080",
                Rows.of(standsOut.report(Query.first(9))).distinct("question").get(0));
        dropped(0.2);
        assertEquals(1, after(10).size(), "fewer, but not over");
        dropped(0.1);
        assertEquals(List.of(), after(10));
    }

    @Test
    void shouldLookAtMostEveryTwoSeconds() throws Exception {
        dropped(0);
        after(0);
        dropped(100);
        assertEquals(List.of(), after(1.9));
        assertEquals(1, after(0.2).size());
    }

    @Test
    void shouldKeepWhatIsReadWhereItIs() throws Exception {
        Object[] route = {"reason", "IP_RPFILTER", "advice_id", "rp-filter", "advice", "So it is.", "packets_per_second"
        };
        dropped(3);
        after(0);
        tables.row("drops", with(route, 100.0));
        List<String> both = after(10);
        assertEquals(2, both.size());
        assertTrue(both.get(0).startsWith("nft drops"), both::toString);
        dropped(1);
        tables.row("drops", with(route, 200.0));
        assertTrue(after(10).get(0).startsWith("nft drops"));
    }

    private static Object[] with(Object[] row, Object last) {
        Object[] all = Arrays.copyOf(row, row.length + 1);
        all[row.length] = last;
        return all;
    }

    @Test
    void shouldNameWhoReadsSlowly() throws Exception {
        tables.row("latency", "stage", "socket_queue", "process", "orders[812]", "count", 50L, "p50_ns", 48_000_000L);
        assertEquals(List.of("Packets wait 48 ms for orders[812] to read."), after(0));
    }

    @Test
    void shouldTellRetransmitsOfTheWindowAlone() throws Exception {
        for (long[] counts : new long[][] {{10_000, 5_000}, {10_400, 5_012}, {20_000, 5_012}}) {
            tables.with("tcp")
                    .clear("tcp")
                    .row(
                            "tcp",
                            "remote_ip",
                            "10.0.0.9",
                            "remote_port",
                            80L,
                            "segments_out",
                            counts[0],
                            "retransmits",
                            counts[1]);
            List<String> said = after(10);
            assertEquals(
                    counts[0] == 10_400
                            ? List.of("3.0 % of this machine's TCP segments are sent again, the most to 10.0.0.9:80.")
                            : List.of(),
                    said);
        }
    }

    @Test
    void shouldSayWhoAcceptsTooSlowlyWhileSomebodyTries() throws Exception {
        String full =
                "orders[812] does not accept in time: the accept queue of port 7777 in shop-a is full, leaving 3 SYNs a second"
                        + " without an answer.";
        Map<long[], List<String>> looks = new LinkedHashMap<>();
        looks.put(new long[] {3, 100}, List.of());
        looks.put(new long[] {3, 130}, List.of(full));
        looks.put(new long[] {3, 130}, List.of());
        looks.put(new long[] {2, 160}, List.of());
        for (Map.Entry<long[], List<String>> look : looks.entrySet()) {
            tables.with("tcp")
                    .clear("tcp")
                    .row(
                            "tcp",
                            "state",
                            "listen",
                            "namespace",
                            "shop-a",
                            "local_port",
                            7777L,
                            "process",
                            "orders[812]",
                            "accept_limit",
                            2L,
                            "receive_queue",
                            look.getKey()[0],
                            "drops",
                            look.getKey()[1]);
            assertEquals(look.getValue(), after(10));
        }
    }

    @Test
    void shouldSayThatOneCpuHasAllTheWork() throws Exception {
        tables.row("cpus", "cpu", 0L, "packets_per_second", 50_000L)
                .row("cpus", "cpu", 1L, "packets_per_second", 1_000L);
        assertEquals(List.of("CPU 0 has 98 % of the packets, 1 other the rest."), after(0));
    }

    @Test
    void shouldTellWhoIsNewAndLoud() throws Exception {
        tables.row("flows", "key", "10.0.0.1", "bytes", 1_000_000L);
        after(0);
        for (int i = 0; i < 15; i++) {
            after(2);
        }
        tables.row("flows", "key", "10.0.0.9", "bytes", 90_000_000L);
        String said = "";
        for (int i = 0; i < 6 && said.isEmpty(); i++) {
            said = String.join("", after(2));
        }
        assertTrue(said.startsWith("10.0.0.9 is new, and in 100 % of the bytes: "), said);
    }
}
