// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Query;
import org.jopil.api.source.Why.Answer;
import org.jopil.api.source.Why.Evidence;
import org.jopil.api.source.Why.Level;
import org.jopil.filter.internal.FilterLanguage;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RuleTest {
    private static final Filters FILTERS = new FilterLanguage();

    /** The least that each rule fires on. */
    private static final Map<String, Tables> CASES = new TreeMap<>();

    static {
        CASES.put("firewall", drop("NETFILTER_DROP", "nft_do_chain", "input", "tcp", "netfilter-input"));
        CASES.put("rp-filter", drop("IP_RPFILTER", "ip_rcv", "", "udp", "rp-filter"));
        CASES.put("no-route", drop("IP_OUTNOROUTES", "ip_queue", "", "udp", "no-route-out"));
        CASES.put("ttl", drop("IP_INHDR", "ip_forward", "", "udp", "ttl"));
        CASES.put("neighbour", drop("NEIGH_FAILED", "arp_error", "", "udp", "neighbour-failed"));
        CASES.put("mtu", drop("PKT_TOO_BIG", "ip_forward", "", "udp", "mtu"));
        CASES.put("udp-port-closed", drop("NO_SOCKET", "__udp4_lib_rcv", "", "udp", "udp-port-closed"));
        CASES.put("tcp-port-closed", drop("NO_SOCKET", "tcp_v4_rcv", "", "tcp", "tcp-port-closed"));
        CASES.put(
                "udp-buffer-full",
                drop("SOCKET_RCVBUFF", "udp_queue_rcv", "", "udp", "udp-buffer-full")
                        .row("latency", "stage", "socket_queue", "port", 8080L, "process", "metrics[7]", "count", 9L));
        CASES.put(
                "accept-queue-full",
                listener(3, 2).row("flows", "protocol", "tcp", "state", "new", "dst_port", 8080L, "packets_fwd", 4L));
        CASES.put(
                "slow-reader",
                tables().row("latency", "stage", "transport", "port", 8080L, "count", 90L, "p50_ns", 9_100L)
                        .row(
                                "latency",
                                "stage",
                                "socket_queue",
                                "port",
                                8080L,
                                "process",
                                "orders[812]",
                                "count",
                                80L,
                                "p50_ns",
                                48_000_000L,
                                "p95_ns",
                                49_000_000L,
                                "max_ns",
                                50_000_000L)
                        .row(
                                "journeys",
                                "dst_port",
                                8080L,
                                "src_ip",
                                "10.0.0.9",
                                "slowest_stage",
                                "socket_queue",
                                "slowest_ns",
                                48_000_000L,
                                "duration_ns",
                                48_010_000L));
        CASES.put(
                "retransmits",
                tables().row(
                                "tcp",
                                "state",
                                "established",
                                "local_ip",
                                "10.0.0.1",
                                "local_port",
                                40_000L,
                                "remote_ip",
                                "10.0.0.9",
                                "remote_port",
                                8080L,
                                "retransmits",
                                12L,
                                "segments_out",
                                400L,
                                "process",
                                "curl[5]"));
        CASES.put("dropped", drop("IP_CSUM", "ip_rcv_core", "", "udp", "ip-csum"));
        CASES.put(
                "slow-stage",
                tables().row(
                                "latency",
                                "stage",
                                "qdisc",
                                "port",
                                8080L,
                                "count",
                                50L,
                                "p50_ns",
                                20_000_000L,
                                "p95_ns",
                                60_000_000L));
        CASES.put(
                "unanswered",
                tables().row("flows", "protocol", "tcp", "state", "new", "dst_port", 8080L, "packets_fwd", 2L));
        CASES.put(
                "resets",
                tables().row(
                                "flows",
                                "protocol",
                                "tcp",
                                "state",
                                "ended",
                                "end_reason",
                                "rst",
                                "src_ip",
                                "10.0.0.9",
                                "dst_ip",
                                "10.0.0.1",
                                "dst_port",
                                8080L,
                                "packets",
                                3L));
        CASES.put(
                "fine",
                tables().row("flows", "protocol", "tcp", "state", "established", "dst_port", 8080L, "packets", 3L));
        CASES.put("not-seen", tables());
    }

    private static Tables tables() {
        Tables tables = new Tables();
        List.of("flows", "drops", "drop-events", "tcp", "latency", "journeys").forEach(tables::with);
        return tables;
    }

    private static Tables drop(String reason, String symbol, String hook, String protocol, String advice) {
        Object[] place = {
            "reason",
            reason,
            "symbol",
            symbol,
            "hook",
            hook.isEmpty() ? null : hook,
            "namespace",
            "shop-a",
            "packets",
            214L,
            "advice_id",
            advice,
            "advice",
            "It is so.",
            "command",
            "ip netns exec shop-a nft list ruleset"
        };
        Tables tables = tables().row("drops", place);
        for (int i = 0; i < 3; i++) {
            tables.row(
                    "drop-events",
                    "reason",
                    reason,
                    "symbol",
                    symbol,
                    "hook",
                    hook.isEmpty() ? null : hook,
                    "namespace",
                    "shop-a",
                    "protocol",
                    protocol,
                    "dst_port",
                    8080L,
                    "packets",
                    1L,
                    "weight",
                    1L,
                    "advice",
                    "It is so.");
        }
        return tables;
    }

    private static Answer why(Tables tables, String question) {
        return why(tables, question, Instant.EPOCH);
    }

    private static Answer why(Tables tables, String question, Instant began) {
        return WhyService.answer(new Look(tables, FILTERS, null, began, Instant.now()).at(question));
    }

    @TestFactory
    Stream<DynamicTest> shouldFire() {
        return CASES.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    Answer answer = why(one.getValue(), "8080");
                    assertEquals(one.getKey(), answer.verdict(), answer.sentence());
                    assertTrue(answer.sentence().endsWith("."), answer.sentence());
                    assertTrue(!answer.evidence().isEmpty(), answer.sentence());
                    for (Evidence evidence : answer.evidence()) {
                        assertTrue(evidence.text().endsWith("."), evidence.text());
                        // what is shown can be asked for
                        Query query = Query.first(9).withFilter(FILTERS.parse(evidence.filter()));
                        one.getValue().ask(evidence.report(), query);
                    }
                }));
    }

    @Test
    void shouldHaveACaseForEveryRule() {
        assertEquals(
                CASES.keySet(),
                new java.util.TreeSet<>(Rule.TABLE.stream().map(Rule::id).toList()));
    }

    @Test
    void shouldSayItLikeAPerson() {
        Map<String, String> sentences = Map.of(
                "firewall", "nft dropped 3 packets to port 8080 in the input hook of shop-a.",
                "slow-reader", "The kernel delivered in 9.1 µs; the packets then waited 48 ms for orders[812] to read.",
                "udp-buffer-full",
                        "metrics[7] reads slower than packets come: 3 packets to port 8080 found its receive buffer full in"
                                + " shop-a.",
                "retransmits",
                        "The network loses packets from 10.0.0.1 to 10.0.0.9:8080: 12 segments of 400 (3.0 %) had to be sent again"
                                + " since the connection began, and no drop on this machine accounts for it.",
                "dropped", "The kernel dropped 3 packets to port 8080 in shop-a: it is so.",
                "not-seen", "Port 8080 was not seen in the last 60 s: no interface is watched.");
        sentences.forEach((verdict, sentence) ->
                assertEquals(sentence, why(CASES.get(verdict), "8080").sentence()));
    }

    @Test
    void shouldNotCallACountWholeThatBeganBeforeItWas() {
        String sentence = why(CASES.get("firewall"), "8080", Instant.now().minusSeconds(30))
                .sentence();
        assertEquals("nft dropped at least 3 packets to port 8080 in the input hook of shop-a.", sentence);
    }

    @Test
    void shouldNameTheAddressThatItIsAbout() {
        Tables forged = tables().row(
                        "drops",
                        "reason",
                        "IP_RPFILTER",
                        "advice_id",
                        "rp-filter",
                        "packets",
                        9L,
                        "command",
                        "ip route get SENDER");
        for (String process : new String[] {"metrics[7]", null, "metrics[7]"}) {
            forged.row(
                    "drop-events",
                    "reason",
                    "IP_RPFILTER",
                    "protocol",
                    "udp",
                    "src_ip",
                    "172.31.9.9",
                    "dst_ip",
                    "10.77.2.2",
                    "dst_port",
                    8080L,
                    "process",
                    process,
                    "process_is",
                    process == null ? null : "receiver",
                    "advice",
                    "The way back is lost.");
        }
        Answer answer = why(forged, "8080");
        assertEquals(
                "The kernel dropped 3 packets from 172.31.9.9 to port 8080: the way back is lost.", answer.sentence());
        Evidence ends = answer.evidence().get(1);
        assertEquals("All of them udp from 172.31.9.9 to 10.77.2.2 port 8080 (metrics[7]).", ends.text());
        assertEquals(
                "reason == IP_RPFILTER and src_ip == 172.31.9.9 and dst_ip == 10.77.2.2 and dst_port == 8080",
                ends.filter());
        assertEquals("ip route get 172.31.9.9", answer.next().orElseThrow().command());
        forged.row(
                "drop-events", "reason", "IP_RPFILTER", "protocol", "udp", "src_ip", "172.31.9.8", "dst_port", 8080L);
        assertTrue(
                why(forged, "8080").evidence().get(1).text().startsWith("The most, 3 of 4, udp from 172.31.9.9 to "),
                "not all");
    }

    @Test
    void shouldNameTheOthersBesidesButNotWhatDropsExplain() {
        Tables both = drop("NETFILTER_DROP", "nft_do_chain", "input", "tcp", "netfilter-input")
                .row("tcp", "state", "established", "local_port", 8080L, "zero_windows_sent", 3L, "receive_queue", 100L)
                .row("tcp", "state", "syn_sent", "remote_port", 8080L, "retransmits", 12L, "segments_out", 13L);
        Answer answer = why(both, "8080");
        assertEquals("firewall", answer.verdict());
        List<String> besides = answer.evidence().stream()
                .map(Evidence::text)
                .filter(text -> text.startsWith("Besides: "))
                .toList();
        assertEquals(1, besides.size(), besides.toString());
        assertTrue(besides.get(0).contains("does not read"), besides.toString());
    }

    @Test
    void shouldNotTakeWhatCameTwiceForTheLoss() {
        Tables lossy = drop("TCP_OLD_DATA", "tcp_rcv_established", "", "tcp", "tcp-old");
        for (int i = 0; i < 30; i++) {
            lossy.row(
                    "drop-events",
                    "reason",
                    "TCP_OLD_DATA",
                    "symbol",
                    "tcp_rcv_established",
                    "namespace",
                    "shop-a",
                    "protocol",
                    "tcp",
                    "dst_port",
                    8080L,
                    "packets",
                    1L);
        }
        connection(lossy, "10.0.0.1", 40_000L, "10.0.0.9", 8080L, 120L, 4_000L);
        connection(lossy, "10.0.0.9", 8080L, "10.0.0.1", 40_000L, 1L, 2_000L);
        Answer answer = why(lossy, "8080");
        assertEquals("retransmits", answer.verdict());
        assertEquals(
                "curl[5] to 10.0.0.9:8080: 120 segments of 4,000 sent again. Both ends are on this machine; the other way"
                        + " it is 1 of 2,000.",
                answer.evidence().get(0).text());
        assertTrue(answer.evidence().get(1).text().startsWith("Besides: The kernel dropped "), answer.toString());
    }

    private static void connection(
            Tables tables, String ip, long port, String peer, long peerPort, long again, long sent) {
        tables.row(
                "tcp",
                "state",
                "established",
                "local_ip",
                ip,
                "local_port",
                port,
                "remote_ip",
                peer,
                "remote_port",
                peerPort,
                "retransmits",
                again,
                "segments_out",
                sent,
                "process",
                "curl[5]");
    }

    /** The full queue is that of a listener on any address. */
    @Test
    void shouldKnowWhoDoesNotAnswerAnAddress() {
        Tables silent = listener(3, 2)
                .row(
                        "flows",
                        "protocol",
                        "tcp",
                        "state",
                        "new",
                        "src_ip",
                        "10.0.0.7",
                        "dst_port",
                        8080L,
                        "packets_fwd",
                        4L);
        Answer answer = why(silent, "10.0.0.7");
        assertEquals("accept-queue-full", answer.verdict());
        assertEquals(
                "shop[9] does not accept in time: the accept queue of port 8080 is full (3 wait, its limit is 2), and new"
                        + " connections get no answer.",
                answer.sentence());
    }

    @Test
    void shouldAnswerAboutANetworkNamespace() {
        Tables tables = drop("IP_RPFILTER", "ip_rcv_finish_core", "", "udp", "rp-filter");
        assertThrows(JopilException.class, () -> why(tables, "shop-a"), "no socket and no interface there");
        tables.row("tcp", "state", "listen", "namespace", "shop-a", "local_port", 80L);
        Answer answer = why(tables, "shop-a");
        assertEquals("rp-filter", answer.verdict());
        assertEquals(
                "namespace == shop-a and reason == IP_RPFILTER",
                answer.evidence().get(0).filter());
    }

    @Test
    void shouldTakeTheFirstSlowReaderAlone() {
        Answer answer = why(
                CASES.get("slow-reader")
                        .row(
                                "tcp",
                                "state",
                                "established",
                                "local_port",
                                8080L,
                                "zero_windows_sent",
                                3L,
                                "receive_queue",
                                100L),
                "8080");
        assertEquals("slow-reader", answer.verdict());
        assertTrue(answer.evidence().stream().noneMatch(e -> e.text().startsWith("Besides")));
        CASES.get("slow-reader").clear("tcp");
    }

    @Test
    void shouldSeeAReaderThatNeverReads() {
        Tables tables = tables().row(
                        "tcp",
                        "state",
                        "established",
                        "local_port",
                        8080L,
                        "process",
                        "shop[9]",
                        "zero_windows_sent",
                        3L,
                        "receive_queue",
                        90_000L);
        Answer answer = why(tables, "8080");
        assertEquals("slow-reader", answer.verdict());
        assertEquals(
                "ps -L -o pid,tid,stat,wchan:24,comm -p 9",
                answer.next().orElseThrow().command());
    }

    @Test
    void shouldNotCallAQueueFullThatHasRoom() {
        Tables tables =
                listener(3, 128).row("flows", "protocol", "tcp", "state", "new", "dst_port", 8080L, "packets_fwd", 4L);
        assertEquals("unanswered", why(tables, "8080").verdict());
    }

    private static Tables listener(long waiting, long limit) {
        return tables().row(
                        "tcp",
                        "state",
                        "listen",
                        "local_port",
                        8080L,
                        "receive_queue",
                        waiting,
                        "accept_limit",
                        limit,
                        "drops",
                        7L,
                        "process",
                        "shop[9]");
    }

    @Test
    void shouldLeaveStragglersAlone() {
        Tables tables = drop("TCP_CLOSE", "tcp_v4_rcv", "", "tcp", "tcp-closed")
                .row(
                        "flows",
                        "protocol",
                        "tcp",
                        "state",
                        "ended",
                        "end_reason",
                        "fin",
                        "dst_port",
                        8080L,
                        "packets",
                        9L);
        Answer answer = why(tables, "8080");
        assertEquals("fine", answer.verdict(), answer.sentence());
        assertTrue(answer.sentence().contains("only 3 stragglers were dropped"), answer.sentence());
    }

    @Test
    void shouldSayWhatIsNotMeasuredHere() {
        Tables tables = new Tables();
        tables.with("flows").with("tcp");
        Answer answer = why(tables, "8080");
        assertEquals(Level.UNKNOWN, answer.level());
        assertEquals(
                List.of(
                        "drop-events: not measured here.",
                        "latency: not measured here.",
                        "journeys: not measured here."),
                answer.missing());
    }

    @Test
    void shouldAskEveryReportInItsOwnWords() {
        Tables tables = CASES.get("firewall")
                .row("tcp", "state", "listen", "local_port", 8080L, "process", "my app[9]")
                .row("tcp", "state", "listen", "local_port", 8080L, "process", "or\"ders[812]");
        try {
            for (String question : List.of(
                    "8080",
                    "port 8080",
                    ":8080",
                    "10.0.0.9",
                    "10.0.0.0/8",
                    "fd00::1",
                    "10.0.0.9:8080",
                    "[fd00::1]:8080",
                    "my app",
                    "or\"ders[812]",
                    "gone[1]",
                    "tcp and dst port 8080",
                    "interface == eth0")) {
                Answer answer = why(tables, question);
                assertEquals(question, answer.question());
                assertEquals(List.of(), mistakes(answer), question);
            }
        } finally {
            tables.clear("tcp");
        }
    }

    private static List<String> mistakes(Answer answer) {
        List<String> mistakes = new ArrayList<>(answer.missing());
        mistakes.removeIf(text -> text.contains("cannot be asked by")
                || text.contains("JOPIL-131")
                || text.startsWith("latency: none of its packets")
                || text.startsWith("latency: The filter") // of a filter, which need not fit
                || text.startsWith("tcp: The filter")
                || text.startsWith("journeys: The filter"));
        for (Evidence evidence : answer.evidence()) {
            try {
                FILTERS.parse(evidence.filter());
            } catch (FilterException e) {
                mistakes.add(evidence.filter() + ": " + e.getMessage());
            }
        }
        return mistakes;
    }

    @Test
    void shouldFindAProcessByItsPorts() {
        Tables tables = CASES.get("firewall").row("tcp", "state", "listen", "local_port", 8080L, "process", "shop[9]");
        for (String question : List.of("shop", "shop[9]")) {
            assertEquals("firewall", why(tables, question).verdict());
        }
        tables.clear("tcp");
    }

    @Test
    void shouldRefuseWhatIsNothing() {
        for (String question : List.of("", "  ", "ngnix", "99999", "tcp and", "10.0.0.300")) {
            JopilException refused = assertThrows(JopilException.class, () -> why(tables(), question), question);
            assertEquals(400, refused.status(), question);
        }
        Tables tables =
                new Tables().with("flows").row("tcp", "state", "listen", "local_port", 80L, "process", "nginx[4]");
        JopilException refused = assertThrows(JopilException.class, () -> why(tables, "ngnix"));
        assertTrue(refused.detail().startsWith("Did you mean nginx?"), refused.detail());
    }
}
