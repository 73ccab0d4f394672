// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jopil.api.JopilException;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.event.Stage;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.LatencySource;
import org.junit.jupiter.api.Test;

class JourneyAnalyzerTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private long eventsLost;
    private JopilException refused;
    private final List<String[]> normal = new ArrayList<>();
    private final List<String[]> dropped = new ArrayList<>();

    private final LatencySource source = new LatencySource() {
        @Override
        public void read(Consumer<Histogram> visitor) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int followOneIn() {
            return 64;
        }

        @Override
        public Map<Stage, String> missing() {
            return Map.of();
        }

        @Override
        public Book book() {
            if (refused != null) {
                throw refused;
            }
            return new Book(0, 0, Map.of(), eventsLost, 0);
        }
    };

    private final JourneyAnalyzer analyzer = new JourneyAnalyzer(source, new DropKinds(this::drops, Runnable::run));
    private long nowNs = System.nanoTime();

    private Report drops(String name) {
        Report.Builder report = Report.of(
                Column.column("reason", Column.Type.TEXT, "why"),
                Column.column("symbol", Column.Type.TEXT, "where"),
                Column.column("hook", Column.Type.TEXT, "hook"));
        (name.equals("drops") ? dropped : normal).forEach(kind -> report.row(kind[0], kind[1], null));
        return report.build();
    }

    private void hear(Rows rows) {
        analyzer.onJourneys(rows, nowNs);
    }

    private void pass(long ns) {
        nowNs += ns;
        analyzer.poll(nowNs);
    }

    private List<Map<String, Object>> journeys() throws Exception {
        Report report = analyzer.report(Query.first(1000));
        List<Map<String, Object>> all = new ArrayList<>();
        for (Object[] row : report.rows()) {
            Map<String, Object> journey = new HashMap<>();
            for (int i = 0; i < row.length; i++) {
                journey.put(report.columns().get(i).name(), row[i]);
            }
            all.add(journey);
        }
        return all;
    }

    private Map<String, Object> only() throws Exception {
        List<Map<String, Object>> all = journeys();
        assertEquals(1, all.size(), all::toString);
        return all.get(0);
    }

    @SuppressWarnings("unchecked")
    private static List<Object> of(Map<String, Object> journey, String key) {
        return ((List<Map<String, Object>>) journey.get("stages"))
                .stream().map(stage -> stage.get(key)).toList();
    }

    /** Through a veth pair, a bridge and another pair, to a socket in a namespace; who sent it is told late. */
    private static Rows journeyThroughABridge(long id) {
        Rows rows = new Rows();
        rows.add(id, JourneyHook.QUEUE, 0).first(Rows.REQUEST).on("a/eth0");
        rows.add(id, JourneyHook.START_XMIT, 1).on("a/eth0");
        rows.add(id, JourneyHook.XMIT, 9).on("a/eth0").ends(JourneyEnd.SENT);
        rows.add(id, JourneyHook.RECEIVE, 3).on("va");
        rows.add(id, JourneyHook.RECEIVE, 4).on("br0");
        rows.add(id, JourneyHook.QUEUE, 5).on("vb");
        rows.add(id, JourneyHook.START_XMIT, 6).on("vb");
        rows.add(id, JourneyHook.XMIT, 8).on("vb").ends(JourneyEnd.SENT);
        rows.add(id, JourneyHook.SEND, 10).by("curl", 7);
        rows.add(id, JourneyHook.RECEIVE, 12).on("b/eth0").cpu(1);
        rows.add(id, JourneyHook.LOCAL_IN, 14).on("b/eth0").cpu(1);
        rows.add(id, JourneyHook.DATA_READY, 20).on("b/eth0").cpu(1);
        return rows;
    }

    @Test
    void shouldJoinOneWayOverManyDevices() throws Exception {
        hear(journeyThroughABridge(0x4a1f));
        pass(SECOND_NS);
        assertEquals(List.of(), journeys(), "it waits to be read");

        Rows read = new Rows();
        read.add(0x4a1f, JourneyHook.READ, 48_020)
                .on("b/eth0")
                .by("orders", 812)
                .ends(JourneyEnd.READ);
        hear(read);
        pass(OpenJourney.LINGER_NS);
        Map<String, Object> journey = only();
        assertEquals("4a1f", journey.get("id"));
        assertEquals("sampled", journey.get("kept"));
        assertEquals("udp", journey.get("protocol"));
        assertEquals("10.0.0.9", journey.get("src_ip"));
        assertEquals(8080L, journey.get("dst_port"));
        assertEquals("a/eth0", journey.get("interface"));
        assertEquals("a", journey.get("namespace"));
        assertEquals(List.of("a/eth0", "va", "br0", "vb", "b/eth0"), journey.get("interfaces"));
        assertEquals("read", journey.get("end"));
        assertEquals("orders[812]", journey.get("process"));
        assertEquals(48_020_000L, journey.get("duration_ns"));
        assertEquals("socket_queue", journey.get("slowest_stage"));
        assertEquals(48_000_000L, journey.get("slowest_ns"));
        assertEquals(true, journey.get("complete"));
        assertEquals(
                "The kernel delivered in 20 µs; the packet then waited 48 ms for orders[812] to read.",
                journey.get("sentence"));
        assertEquals(
                List.of(
                        0L,
                        1000L,
                        3000L,
                        4000L,
                        5000L,
                        6000L,
                        8000L,
                        9000L,
                        10_000L,
                        12_000L,
                        14_000L,
                        20_000L,
                        48_020_000L),
                of(journey, "at_ns"));
        assertEquals("driver_tx", of(journey, "stage").get(7));
        assertEquals(8000L, of(journey, "took_ns").get(7), "of its own device, whatever came between");
        assertEquals("curl[7]", of(journey, "process").get(8));
        assertEquals(8000L, of(journey, "took_ns").get(11), "transport, from the last device on");
        assertEquals("read", of(journey, "verdict").get(12));
    }

    @Test
    void shouldEndWhereTheDriverHasIt() throws Exception {
        Rows rows = new Rows();
        rows.add(1, JourneyHook.QUEUE, 0).first(Rows.REQUEST).on("eth0");
        rows.add(1, JourneyHook.START_XMIT, 10_000).on("eth0");
        rows.add(1, JourneyHook.XMIT, 10_002).on("eth0").ends(JourneyEnd.SENT);
        rows.add(1, JourneyHook.FREE, 10_900).ends(JourneyEnd.FREED);
        hear(rows);
        pass(OpenJourney.LINGER_NS);
        Map<String, Object> journey = only();
        assertEquals("sent", journey.get("end"));
        assertEquals(10_002_000L, journey.get("duration_ns"));
        assertEquals("qdisc", journey.get("slowest_stage"));
        assertEquals(
                "The driver had it at eth0 10 ms after the device's queue, 10 ms of it in the queue of eth0.",
                journey.get("sentence"));
    }

    /** A reader that polls has it before it is known to be in the queue. */
    @Test
    void shouldSayThatItWasTakenByAReadThatIsNotKnown() throws Exception {
        hear(journeyThroughABridge(1));
        Rows freed = new Rows();
        freed.add(1, JourneyHook.FREE, 23).on("b/eth0").ends(JourneyEnd.FREED);
        hear(freed);
        pass(OpenJourney.LINGER_NS);
        Map<String, Object> journey = only();
        assertEquals("freed", journey.get("end"));
        assertEquals(
                "The kernel delivered in 20 µs; it was taken from the socket's queue, by which read could not be told.",
                journey.get("sentence"));
    }

    @Test
    void shouldSayThatTheEndWasNotSeen() throws Exception {
        Rows rows = new Rows();
        rows.add(1, JourneyHook.RECEIVE, 0).first(Rows.REQUEST).on("eth0");
        hear(rows);
        pass(OpenJourney.LINGER_NS);
        assertEquals(List.of(), journeys());
        pass(OpenJourney.BETWEEN_HOOKS_NS);
        Map<String, Object> journey = only();
        assertNull(journey.get("end"));
        assertEquals(false, journey.get("complete"));
        assertEquals(
                "Lost from sight after netif_receive_skb at eth0, 0 ns after it was first seen.",
                journey.get("sentence"));
    }

    /** The process ends with data unread, and the kernel throws that away without a word of it. */
    @Test
    void shouldNotWaitForEverForAReaderThatHasGone() throws Exception {
        hear(journeyThroughABridge(1));
        pass(OpenJourney.IN_QUEUE_NS);
        Map<String, Object> journey = only();
        assertEquals(false, journey.get("complete"));
        assertEquals("curl[7]", journey.get("process"));
        Rows late = new Rows();
        late.add(1, JourneyHook.READ, 90_000_000).by("orders", 812).ends(JourneyEnd.READ);
        hear(late);
        pass(SECOND_NS);
        assertEquals(1, journeys().size(), "what has no beginning is nobody's");
    }

    @Test
    void shouldCallNothingCompleteThatMayMissAStep() throws Exception {
        Rows rows = journeyThroughABridge(1);
        rows.add(2, JourneyHook.QUEUE, 0).first(Rows.REQUEST).on("eth0");
        hear(rows);
        Rows lapped = new Rows().lost(10);
        lapped.add(1, JourneyHook.READ, 30).by("orders", 812).ends(JourneyEnd.READ);
        hear(lapped);
        pass(OpenJourney.LINGER_NS);
        assertEquals(false, only().get("complete"));
        assertEquals(10, analyzer.report(Query.first(1)).lost());

        Rows next = new Rows();
        next.add(3, JourneyHook.QUEUE, 0).first(Rows.REQUEST).on("eth0");
        next.add(3, JourneyHook.START_XMIT, 1).on("eth0");
        next.add(3, JourneyHook.XMIT, 2).on("eth0").ends(JourneyEnd.SENT);
        hear(next);
        eventsLost = 5;
        pass(OpenJourney.LINGER_NS);
        assertEquals(
                List.of(false, false),
                journeys().stream().map(journey -> journey.get("complete")).toList());
        assertEquals(15, analyzer.report(Query.first(1)).lost());
    }

    @Test
    void shouldTellTwoPacketsOfOneNumberApart() throws Exception {
        Rows first = new Rows();
        first.add(1, JourneyHook.RECEIVE, 0).first(Rows.REQUEST).on("eth0");
        hear(first);
        Rows second = new Rows();
        second.add(1, JourneyHook.QUEUE, 100).first(Rows.REQUEST.reversed()).on("eth1");
        second.add(1, JourneyHook.START_XMIT, 101).on("eth1");
        second.add(1, JourneyHook.XMIT, 102).on("eth1").ends(JourneyEnd.SENT);
        hear(second);
        pass(OpenJourney.LINGER_NS);
        List<Map<String, Object>> both = journeys();
        assertEquals(2, both.size());
        assertEquals("sent", both.get(0).get("end"));
        assertEquals(List.of("eth1"), both.get(0).get("interfaces"));
        assertEquals(false, both.get(1).get("complete"));
    }

    @Test
    void shouldLinkAReplyOfTheSameProcess() throws Exception {
        hear(journeyThroughABridge(1));
        Rows rows = new Rows();
        rows.add(1, JourneyHook.READ, 30).on("b/eth0").by("orders", 812).ends(JourneyEnd.READ);
        for (int pid : new int[] {812, 813}) {
            long at = 40 + pid;
            rows.add(pid, JourneyHook.QUEUE, at).first(Rows.REQUEST.reversed()).on("b/eth0");
            rows.add(pid, JourneyHook.START_XMIT, at + 1).on("b/eth0");
            rows.add(pid, JourneyHook.XMIT, at + 2).on("b/eth0").ends(JourneyEnd.SENT);
            rows.add(pid, JourneyHook.SEND, at + 3).by("orders", pid);
        }
        hear(rows);
        pass(OpenJourney.LINGER_NS);
        List<Map<String, Object>> all = journeys();
        assertEquals(3, all.size());
        assertNull(all.get(0).get("reply_of"), "of another process");
        assertEquals("1", all.get(1).get("reply_of"));
        assertNull(all.get(2).get("reply_of"));
    }

    private static Rows dropped(long id, String reason) {
        Rows rows = new Rows();
        rows.add(id, JourneyHook.RECEIVE, 0).first(Rows.REQUEST).on("eth0");
        rows.add(id, JourneyHook.DROP, 71).on("eth0").dropped(reason);
        return rows;
    }

    @Test
    void shouldKeepDropsAndNothingThatIsNone() throws Exception {
        dropped.add(new String[] {"NETFILTER_DROP", "nft_do_chain"});
        normal.add(new String[] {"QUEUE_PURGE", "sk_stream_kill_queues"});
        hear(dropped(1, "NETFILTER_DROP"));
        hear(dropped(2, "QUEUE_PURGE"));
        pass(OpenJourney.LINGER_NS);
        Map<String, Object> drop = journeys().stream()
                .filter(journey -> journey.get("id").equals("1"))
                .findFirst()
                .orElseThrow();
        assertEquals("dropped", drop.get("kept"));
        assertEquals("NETFILTER_DROP", drop.get("drop_reason"));
        assertEquals("dropped, NETFILTER_DROP", of(drop, "verdict").get(1));
        assertEquals("Dropped as NETFILTER_DROP at eth0, 71 µs after it was first seen.", drop.get("sentence"));
        Map<String, Object> normalOne = journeys().stream()
                .filter(journey -> journey.get("id").equals("2"))
                .findFirst()
                .orElseThrow();
        assertEquals("freed", normalOne.get("end"));
        assertNull(normalOne.get("drop_reason"));
    }

    @Test
    void shouldKeepTheSlowOnesApart() throws Exception {
        for (int i = 0; i < 5000; i++) {
            hear(sent(i, 10));
        }
        pass(SECOND_NS);
        hear(sent(9_998, 10));
        hear(sent(9_999, 5_000));
        pass(2 * SECOND_NS);
        List<Map<String, Object>> all = journeys();
        assertEquals(KeptJourneys.MOST + 1, analyzer.report(Query.first(0)).total());
        assertEquals(
                List.of("270f"),
                all.stream()
                        .filter(journey -> journey.get("kept").equals("slow"))
                        .map(journey -> journey.get("id"))
                        .toList());
    }

    private static Rows sent(long id, long queuedUs) {
        Rows rows = new Rows();
        rows.add(id, JourneyHook.QUEUE, 1_000_000 + id).first(Rows.REQUEST).on("eth0");
        rows.add(id, JourneyHook.START_XMIT, 1_000_000 + id + queuedUs).on("eth0");
        rows.add(id, JourneyHook.XMIT, 1_000_000 + id + queuedUs + 1).on("eth0").ends(JourneyEnd.SENT);
        return rows;
    }

    @Test
    void shouldKeepWhatWasAskedFor() throws Exception {
        Rows rows = new Rows();
        rows.add(-5, JourneyHook.QUEUE, 0).first(Rows.REQUEST).traced().on("eth0");
        rows.add(-5, JourneyHook.DROP, 3).dropped("QDISC_DROP");
        hear(rows);
        pass(OpenJourney.LINGER_NS);
        assertEquals("traced", only().get("kept"));
        assertEquals("fffffffffffffffb", only().get("id"));
        assertEquals("dropped", only().get("end"));
    }

    @Test
    void shouldSayWhyNothingIsFollowed() {
        refused = new JopilException("JOPIL-107", 503, "No packet is followed", "Set follow_one_in.");
        assertEquals(
                "JOPIL-107",
                assertThrows(JopilException.class, () -> analyzer.report(Query.first(1)))
                        .code());
    }
}
