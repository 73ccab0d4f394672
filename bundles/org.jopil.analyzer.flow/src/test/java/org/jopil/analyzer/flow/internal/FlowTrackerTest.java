// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.jopil.analyzer.flow.internal.TestChange.ns;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jopil.api.event.FlowBatch.Change;
import org.jopil.api.event.FlowBatch.EndReason;
import org.jopil.api.event.TcpFlags;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;

class FlowTrackerTest {
    private static final int SYN = TcpFlags.SYN;
    private static final int ACK = TcpFlags.ACK;
    private static final int FIN = TcpFlags.FIN;
    private static final int RST = TcpFlags.RST;
    private static final int T0 = 1_000_000;

    private final CollectingWriter writer = new CollectingWriter();
    private FlowTracker tracker = new FlowTracker(writer, Settings.DEFAULT);
    private FlowReport report = new FlowReport(tracker, new InterfaceNames());

    private void scan(double atS, TestChange... changes) {
        tracker.beginScan(ns(T0 + atS));
        for (TestChange change : changes) {
            tracker.merge(change);
        }
        tracker.endScan();
    }

    private static TestChange tcp(String src, int srcPort, String dst, int dstPort, double first, double last) {
        return TestChange.of(6, src, srcPort, dst, dstPort).at(T0 + first, T0 + last);
    }

    private static TestChange of(
            int protocol, String src, int srcPort, String dst, int dstPort, double first, double last) {
        return TestChange.of(protocol, src, srcPort, dst, dstPort).at(T0 + first, T0 + last);
    }

    private List<Map<String, Object>> flows() {
        try {
            Report r = report.report(Query.first(1000).withSort("id"));
            return r.rows().stream()
                    .map(row -> {
                        Map<String, Object> map = new java.util.HashMap<>();
                        for (int c = 0; c < row.length; c++) {
                            map.put(r.columns().get(c).name(), row[c]);
                        }
                        return map;
                    })
                    .collect(Collectors.toList());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Map<String, Object> flow() {
        List<Map<String, Object>> flows = flows();
        assertEquals(1, flows.size(), flows.toString());
        return flows.get(0);
    }

    @Test
    void shouldJoinBothDirectionsAndAllCpus() {
        scan(
                1,
                tcp("10.0.0.2", 80, "10.0.0.1", 40000, 0.1, 0.9).counts(3, 300).flags(SYN | ACK, SYN | ACK),
                tcp("10.0.0.1", 40000, "10.0.0.2", 80, 0.1, 0.5).counts(2, 120).flags(SYN, SYN | ACK),
                tcp("10.0.0.1", 40000, "10.0.0.2", 80, 0.6, 0.9).counts(4, 400).flags(ACK, ACK));
        Map<String, Object> flow = flow();
        assertEquals("10.0.0.1", flow.get("src_ip"));
        assertEquals(40000L, flow.get("src_port"));
        assertEquals(80L, flow.get("dst_port"));
        assertEquals(6L, flow.get("packets_fwd"));
        assertEquals(520L, flow.get("bytes_fwd"));
        assertEquals(3L, flow.get("packets_rev"));
        assertEquals(820L, flow.get("bytes"));
        assertEquals("established", flow.get("state"));
        assertNull(flow.get("end_reason"));
        assertEquals(800L, flow.get("duration_ms"));
        assertEquals(List.of("SYN", "ACK"), flow.get("tcp_flags"));
    }

    @Test
    void shouldTakeTheSynForTheOpenerEvenIfItIsSeenLater() {
        scan(1, tcp("10.0.0.2", 40000, "10.0.0.1", 80, 0.1, 0.1).flags(SYN | ACK, SYN | ACK));
        assertEquals("10.0.0.1", flow().get("src_ip"));
        assertEquals("new", flow().get("state"));
        scan(2, tcp("10.0.0.1", 80, "10.0.0.2", 40000, 0.5, 0.5).flags(SYN, SYN));
        assertEquals("10.0.0.1", flow().get("src_ip"));
    }

    @Test
    void shouldTakeTheFirstSeenForTheOpenerWithoutSyn() {
        scan(1, of(17, "10.0.0.9", 53, "10.0.0.1", 9999, 0.2, 0.2), of(17, "10.0.0.1", 9999, "10.0.0.9", 53, 0.1, 0.1));
        assertEquals("10.0.0.1", flow().get("src_ip"));
        assertEquals("established", flow().get("state"));
    }

    @Test
    void shouldTakeTheHigherPortForTheClientsWithinOneTick() {
        scan(1, of(17, "10.0.0.9", 53, "10.0.0.1", 9999, 0.1, 0.1), of(17, "10.0.0.1", 9999, "10.0.0.9", 53, 0.1, 0.1));
        assertEquals(53L, flow().get("dst_port"));
    }

    @Test
    void shouldJoinIcmpRequestAndReplyAndLeaveErrorsAlone() {
        scan(
                1,
                of(1, "10.0.0.2", 0, "10.0.0.1", 0, 0.1, 0.1),
                of(1, "10.0.0.1", 8, "10.0.0.2", 0, 0.1, 0.1),
                of(58, "fe80::1", 135, "ff02::1:ff00:2", 0, 0.1, 0.1),
                of(1, "10.0.0.1", 3, "10.0.0.2", 3, 0.1, 0.1),
                of(1, "10.0.0.2", 3, "10.0.0.1", 3, 0.1, 0.1));
        List<Map<String, Object>> flows = flows();
        assertEquals(4, flows.size());
        assertEquals("10.0.0.1", flows.get(0).get("src_ip"));
        assertEquals(2L, flows.get(0).get("packets"));
        assertEquals(8L, flows.get(0).get("icmp_type"));
        assertNull(flows.get(0).get("src_port"));
        assertEquals("10.0.0.1", flows.get(2).get("src_ip"));
        assertEquals("10.0.0.2", flows.get(3).get("src_ip"));
    }

    @Test
    void shouldKeepApartWhatTheKeyTellsApart() {
        TestChange fragment = of(17, "10.0.0.1", 0, "10.0.0.2", 0, 0.1, 0.1);
        fragment.fragment = true;
        scan(
                1,
                of(17, "10.0.0.1", 1, "10.0.0.2", 2, 0.1, 0.1),
                of(17, "10.0.0.1", 1, "10.0.0.2", 2, 0.1, 0.1).on(2, 0, 0),
                of(17, "10.0.0.1", 1, "10.0.0.2", 2, 0.1, 0.1).on(1, 10, 0),
                of(17, "10.0.0.1", 1, "10.0.0.2", 2, 0.1, 0.1).on(1, 10, 20),
                of(6, "10.0.0.1", 1, "10.0.0.2", 2, 0.1, 0.1),
                of(17, "10.0.0.1", 0, "10.0.0.2", 0, 0.1, 0.1),
                fragment);
        List<Map<String, Object>> flows = flows();
        assertEquals(7, flows.size());
        assertEquals(20L, flows.get(3).get("inner_vlan"));
        assertEquals(true, flows.get(6).get("fragment"));
        assertNull(flows.get(6).get("src_port"));
        assertNull(flows.get(6).get("community_id"));
    }

    @Test
    void shouldEndByFinOfBothSidesTwoSecondsAfterTheLastPacket() {
        scan(1, tcp("10.0.0.1", 4, "10.0.0.2", 80, 0.1, 0.9).flags(SYN, SYN | ACK | FIN));
        assertEquals("closing", flow().get("state"));
        scan(2, tcp("10.0.0.2", 80, "10.0.0.1", 4, 1.2, 1.5).flags(SYN | ACK, SYN | ACK | FIN));
        scan(3.4);
        assertEquals("closing", flow().get("state"));
        scan(3.6);
        assertEquals("ended", flow().get("state"));
        assertEquals("fin", flow().get("end_reason"));
        assertEquals(0, tracker.live().size());
    }

    @Test
    void shouldEndByRst() {
        scan(1, tcp("10.0.0.1", 4, "10.0.0.2", 81, 0.1, 0.1).flags(SYN, SYN));
        scan(2, tcp("10.0.0.2", 81, "10.0.0.1", 4, 1.0, 1.0).flags(RST | ACK, RST | ACK));
        scan(3);
        assertEquals("rst", flow().get("end_reason"));
        assertEquals("10.0.0.1", flow().get("src_ip"));
    }

    @Test
    void shouldEndByIdleAndOpenANewRecordWhenItGoesOn() {
        scan(1, of(17, "10.0.0.1", 5, "10.0.0.2", 6, 0.1, 0.5).counts(3, 30));
        scan(15);
        assertEquals("new", flow().get("state"));
        scan(16);
        assertEquals("idle", flow().get("end_reason"));
        // the same slot of the kernel goes on: its first packet is the old one
        scan(20, of(17, "10.0.0.1", 5, "10.0.0.2", 6, 0.1, 19.5).counts(2, 20));
        List<Map<String, Object>> flows = flows();
        assertEquals(2, flows.size());
        assertEquals(3L, flows.get(0).get("packets"));
        assertEquals(2L, flows.get(1).get("packets"));
        assertEquals(ns(T0 + 16), flows.get(1).get("first_seen"));
    }

    @Test
    void shouldNotEndAConnectionByTheFlagsOfAnEarlierOneInTheSameSlot() {
        scan(
                1,
                tcp("10.0.0.1", 4, "10.0.0.2", 80, 0.1, 0.9).flags(SYN, SYN | ACK | FIN),
                tcp("10.0.0.2", 80, "10.0.0.1", 4, 0.1, 0.9).flags(SYN | ACK, SYN | ACK | FIN));
        scan(3);
        assertEquals("fin", flow().get("end_reason"));
        scan(10, tcp("10.0.0.1", 4, "10.0.0.2", 80, 0.1, 9.9).flags(SYN, SYN | ACK | FIN));
        scan(11, tcp("10.0.0.2", 80, "10.0.0.1", 4, 0.1, 9.9).flags(SYN | ACK, SYN | ACK | FIN));
        scan(14);
        assertEquals("established", flows().get(1).get("state"));
    }

    @Test
    void shouldCloseTheRecordByTheActiveTimeOutAndOpenTheNext() {
        long packets = 0;
        for (int s = 1; s <= 130; s++) {
            scan(
                    s,
                    tcp("10.0.0.1", 4, "10.0.0.2", 80, 0.5, s - 0.5)
                            .counts(10, 1000)
                            .flags(SYN, SYN | ACK));
            packets += 10;
        }
        List<Map<String, Object>> flows = flows();
        assertEquals(3, flows.size());
        assertEquals("active", flows.get(0).get("end_reason"));
        assertEquals("ended", flows.get(0).get("state"));
        assertEquals(3L, flows.get(2).get("record"));
        assertEquals("established", flows.get(2).get("state"));
        assertEquals("10.0.0.1", flows.get(2).get("src_ip"));
        assertTrue((long) flows.get(0).get("duration_ms") < 60_000);
        assertEquals(
                packets, flows.stream().mapToLong(f -> (long) f.get("packets")).sum());
    }

    @Test
    void shouldTellListenersOpenedUpdatedClosed() {
        scan(1, of(17, "10.0.0.1", 5, "10.0.0.2", 6, 0.1, 0.5).counts(3, 30));
        scan(2, of(17, "10.0.0.2", 6, "10.0.0.1", 5, 1.1, 1.5).counts(1, 10));
        scan(3);
        scan(20);
        List<CollectingWriter.Row> rows = writer.take();
        assertEquals(
                List.of(Change.OPENED, Change.UPDATED, Change.CLOSED),
                rows.stream().map(CollectingWriter.Row::change).toList());
        CollectingWriter.Row closed = rows.get(2);
        assertEquals(EndReason.IDLE, closed.reason());
        assertEquals(3, closed.packetsFwd());
        assertEquals(1, closed.packetsRev());
        assertEquals(40, closed.bytesFwd() + closed.bytesRev());
    }

    @Test
    void shouldForgetEndedFlowsByNumberAndByAgeAndKeepTheirTotals() {
        tracker = new FlowTracker(writer, Settings.of(15, 60, 2, 900, 100, 1000, 1000));
        report = new FlowReport(tracker, new InterfaceNames());
        for (int n = 0; n < 250; n++) {
            scan(1, of(17, "10.0.0.1", n, "10.0.0.2", 6, 0.1, 0.5).counts(2, 20));
        }
        scan(17);
        assertEquals(100, tracker.ended().size());
        assertEquals(150, tracker.ended().forgottenFlows());
        assertEquals(500, sumOfStates());
        scan(16 + 902);
        assertEquals(0, tracker.ended().size());
        assertEquals(500, sumOfStates());
    }

    private long sumOfStates() {
        try {
            return report.report(Query.first(10).withBy("state")).rows().stream()
                    .mapToLong(row -> (long) row[2])
                    .sum();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldRefuseAndCountWhatFindsNoPlace() {
        tracker = new FlowTracker(writer, Settings.of(15, 60, 2, 900, 100, 10, 10));
        report = new FlowReport(tracker, new InterfaceNames());
        for (int n = 0; n < 25; n++) {
            scan(1, of(17, "10.0.0.1", n, "10.0.0.2", 6, 0.1, 0.5).counts(2, 20));
        }
        assertEquals(10, tracker.live().size());
        assertEquals(30, tracker.refusedPackets());
        assertEquals(50, sumOfStates());
    }

    @Test
    void shouldKeepHalfOpenFlowsToTheirShare() {
        tracker = new FlowTracker(writer, Settings.of(15, 60, 2, 900, 100, 1000, 10));
        report = new FlowReport(tracker, new InterfaceNames());
        for (int n = 0; n < 25; n++) {
            scan(
                    1,
                    tcp("10.0.0.1", 1000 + n, "10.0.0.2", 80, 0.1, 0.5)
                            .counts(2, 120)
                            .flags(SYN, SYN));
        }
        assertEquals(10, tracker.live().size());
        assertEquals(30, tracker.refusedHalfOpenPackets());
        assertEquals(30, tracker.refusedPackets());
        assertEquals(50, sumOfStates());

        scan(2, tcp("10.0.0.1", 7, "10.0.0.2", 80, 1.1, 1.5).counts(3, 180).flags(SYN, SYN | ACK));
        assertEquals(11, tracker.live().size(), "an answered one is none of them");
        scan(3, tcp("10.0.0.2", 80, "10.0.0.1", 1000, 2.1, 2.5).flags(SYN | ACK, SYN | ACK));
        scan(4, tcp("10.0.0.1", 8, "10.0.0.2", 80, 3.1, 3.5).flags(SYN, SYN));
        assertEquals(12, tracker.live().size(), "the answer made room for one");
        scan(4, tcp("10.0.0.1", 9, "10.0.0.2", 80, 3.1, 3.5).flags(SYN, SYN));
        assertEquals(12, tracker.live().size(), "and only for one");
        scan(16);
        scan(16, tcp("10.0.0.1", 10, "10.0.0.2", 80, 15.9, 15.9).flags(SYN, SYN));
        assertEquals(4, tracker.live().size(), "as many as went by their time-out find room again");
    }

    @Test
    void shouldSurviveAClockThatIsSetBack() {
        scan(5000, of(17, "10.0.0.1", 5, "10.0.0.2", 6, 4999, 4999.5));
        scan(1000, of(17, "10.0.0.1", 7, "10.0.0.2", 6, 999, 999.5));
        scan(1001);
        assertEquals(2, tracker.live().size());
        scan(1017);
        assertEquals(0, tracker.live().size());
    }

    @Test
    void shouldMarkFlowsThatMayMissPackets() {
        scan(1, of(17, "10.0.0.1", 5, "10.0.0.9", 53, 0.5, 0.5));
        assertEquals(false, flow().get("partial"));
        tracker.beginScan(ns(T0 + 2));
        tracker.overflow(1, 7);
        tracker.endScan();
        scan(3, of(17, "10.0.0.2", 5, "10.0.0.9", 53, 2.5, 2.5));
        scan(20, of(17, "10.0.0.3", 5, "10.0.0.9", 53, 19.5, 19.5));
        assertEquals(
                List.of(true, true, false),
                flows().stream().map(row -> row.get("partial")).toList(),
                "live at the overflow, perhaps begun in it, later than any flow waits");
    }
}
