// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.decode.LinkType;
import org.jopil.filter.internal.FilterLanguage;
import org.jopil.testkit.Capture;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RecentPacketsTest {
    /** 10.0.0.1:50000 → 10.0.0.2:443, TCP, SYN. */
    private static final String SYN = "0200000000020200000000010800"
            + "4500002800010000400626ce0a0000010a000002"
            + "c35001bb00000001000000005002ffff00000000";

    /** Who has 192.168.1.208, tell 192.168.1.1; behind VLAN 10. */
    private static final String ARP =
            "ffffffffffffd0d412c673f58100000a0806" + "0001080006040001d0d412c673f5c0a80101000000000000c0a801d0";

    private static final NumaNodes NUMA = NumaNodes.in(Path.of("no-such-folder"));

    private static Capture real;

    private final OwnSessions own = new OwnSessions(8181, 8101, "", "10.0.0.1 50000 10.0.0.2 443", new NothingHidden());

    @BeforeAll
    static void readCapture() throws Exception {
        real = Captures.read(Path.of(System.getProperty("jopil.pcaps"), "ndpi_skype.pcap"));
    }

    private static Capture capture(String... frames) {
        List<Capture.Frame> all = List.of(frames).stream()
                .map(hex -> HexFormat.of().parseHex(hex))
                .map(data -> new Capture.Frame(LinkType.ETHERNET.number(), 0, data, data.length))
                .toList();
        return new Capture(Path.of("test"), all);
    }

    private static Object cell(Report report, int row, String column) {
        return report.rows().get(row)[report.indexOf(column)];
    }

    private static Query filtered(String filter) throws Exception {
        return Query.first(100).withFilter(new FilterLanguage().parse(filter));
    }

    @Test
    void shouldKeepTheNewestAndShowThemFirst() throws Exception {
        RecentPackets packets = new RecentPackets(100, own, NUMA);
        packets.onPackets(new CaptureBatch(real, 0));
        packets.onPackets(new CaptureBatch(capture(SYN, ARP), 10_000).after(7));
        Report report = packets.report(Query.first(3).withOffset(1));
        assertEquals(3, report.rows().size());
        assertEquals(10_000L, cell(report, 0, "id"));
        assertEquals(real.frames().size() - 1L, cell(report, 1, "id"));
        assertEquals(100, report.total());
        assertEquals(100, report.unfiltered());
        assertEquals(7, report.lost());
        assertFalse(report.isSampled());
    }

    @Test
    void shouldDecodeWhatItReturns() throws Exception {
        RecentPackets packets = new RecentPackets(100, own, NUMA);
        packets.onPackets(new CaptureBatch(capture(SYN, ARP), 0));
        Report report = packets.report(Query.first(2));
        assertEquals("who-has 192.168.1.208 tell 192.168.1.1", cell(report, 0, "info"));
        assertEquals("192.168.1.1", cell(report, 0, "src_ip"));
        assertEquals("arp", cell(report, 0, "protocol"));
        assertEquals(10L, cell(report, 0, "vlan_id"));
        assertEquals(null, cell(report, 0, "src_port"));
        assertEquals(null, cell(report, 0, "namespace"));
        assertEquals(null, cell(report, 0, "numa_node"), "no such folder");
        assertEquals(10L, ((Map<?, ?>) ((List<?>) cell(report, 0, "vlan")).get(0)).get("vlan.id"));
        assertEquals("Flags [S], seq 1, win 65535, length 0", cell(report, 1, "info"));
        assertEquals(443L, ((Map<?, ?>) cell(report, 1, "tcp")).get("tcp.dstport"));
        assertEquals(List.of("SYN"), cell(report, 1, "tcp_flags"));
        assertEquals(SYN, cell(report, 1, "captured_hex"));
        assertEquals(null, cell(report, 1, "arp"));
    }

    @Test
    void shouldFilterByFlatFields() throws Exception {
        RecentPackets packets = new RecentPackets(100, own, NUMA);
        packets.onPackets(new CaptureBatch(capture(SYN, ARP), 0));
        for (String filter : List.of(
                "tcp port 443",
                "tcp.flags.syn and not arp",
                "not vlan",
                "length == 54",
                "ip_version == 4",
                "own",
                "info contains Flags",
                "id == 0",
                "interface == if-1 and ip.src == 10.0.0.1")) {
            Report report = packets.report(filtered(filter));
            assertEquals(1, report.total(), filter);
            assertEquals(0L, cell(report, 0, "id"), filter);
            assertEquals(2, report.unfiltered());
        }
        for (String filter :
                List.of("arp", "vlan 10", "vlan == 10", "vlan.id == 10", "host 192.168.1.208", "not own")) {
            assertEquals(1L, cell(packets.report(filtered(filter)), 0, "id"), filter);
        }
    }

    @Test
    void shouldSortByAnyFlatField() throws Exception {
        RecentPackets packets = new RecentPackets(5_000, own, NUMA);
        packets.onPackets(new CaptureBatch(real, 0));
        for (String field : List.of("length", "src_ip", "dst_port", "protocol", "tcp_flags", "own")) {
            Report up = packets.report(Query.first(5_000).withSort(field));
            Report down = packets.report(Query.first(5_000).withSort("-" + field));
            assertEquals(real.frames().size(), up.rows().size());
            assertEquals(cell(up, 0, field).toString(), lastPresent(down, field), field);
        }
        JopilException e = assertThrows(
                JopilException.class, () -> packets.report(Query.first(1).withSort("tcp")));
        assertEquals("JOPIL-133", e.code());
    }

    private static String lastPresent(Report report, String field) {
        for (int row = report.rows().size() - 1; row >= 0; row--) {
            if (cell(report, row, field) != null) {
                return cell(report, row, field).toString();
            }
        }
        throw new AssertionError(field);
    }

    @Test
    void shouldSayWhenTheKernelSampled() throws Exception {
        RecentPackets packets = new RecentPackets(100, own, NUMA);
        packets.onPackets(new CaptureBatch(capture(SYN), 0).sampled(8));
        assertTrue(packets.report(Query.first(1)).isSampled());
    }

    @Test
    void shouldRefuseToGroupSamples() {
        RecentPackets packets = new RecentPackets(100, own, NUMA);
        JopilException e = assertThrows(
                JopilException.class, () -> packets.report(Query.first(1).withBy("src_ip")));
        assertEquals(400, e.status());
    }

    @Test
    void shouldKnowOurOwnSessions() {
        long loopback = 0xFFFF_7F00_0001L;
        long one = 0xFFFF_0A00_0001L;
        long two = 0xFFFF_0A00_0002L;
        assertTrue(own.isOwn(0, loopback, 40_000, 0, loopback, 8181));
        assertTrue(own.isOwn(0, loopback, 8101, 0, loopback, 40_000));
        assertTrue(own.isOwn(0, two, 443, 0, one, 50_000));
        assertFalse(own.isOwn(0, one, 40_000, 0, two, 8181));
        assertFalse(own.isOwn(0, loopback, 40_000, 0, loopback, 80));
        assertFalse(own.isOwn(0, one, 50_001, 0, two, 443));
    }
}
