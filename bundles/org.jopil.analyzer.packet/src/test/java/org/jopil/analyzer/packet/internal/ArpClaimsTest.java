// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.decode.LinkType;
import org.jopil.filter.internal.FilterLanguage;
import org.jopil.testkit.Capture;
import org.junit.jupiter.api.Test;

class ArpClaimsTest {
    private static final String FIRST = "000000000001";
    private static final String SECOND = "d0d412c673f5";

    private final ArpClaims claims = new ArpClaims();
    private long sequence;

    /** A frame of sender {@code mac} who has {@code ip}; {@code tags} between the addresses and the type. */
    private static String arp(String tags, int operation, String mac, String ip) {
        return "ffffffffffff" + mac + tags + "0806" + "000108000604" + String.format("%04x", operation) + mac + ip
                + "000000000000" + "c0a801d0";
    }

    private static String arp(int operation, String mac, String ip) {
        return arp("", operation, mac, ip);
    }

    private void take(String... frames) {
        take(1, frames);
    }

    private void take(int weight, String... frames) {
        List<Capture.Frame> all = new ArrayList<>();
        for (String hex : frames) {
            byte[] data = HexFormat.of().parseHex(hex);
            all.add(new Capture.Frame(LinkType.ETHERNET.number(), 0, data, data.length));
        }
        claims.onPackets(new CaptureBatch(new Capture(Path.of("test"), all), sequence).sampled(weight));
        sequence += frames.length;
    }

    private Report report() throws Exception {
        return claims.report(Query.first(10));
    }

    private static Object cell(Report report, int row, String column) {
        return report.rows().get(row)[report.indexOf(column)];
    }

    @Test
    void shouldTellWhoClaimsAnAddress() throws Exception {
        take(arp(1, FIRST, "c0a80101"), arp(2, SECOND, "c0a80102"));
        Report report = report();
        assertEquals(2, report.rows().size());
        assertEquals("192.168.1.2", cell(report, 0, "ip"), "the newest first");
        assertEquals("d0:d4:12:c6:73:f5", cell(report, 0, "mac"));
        assertEquals("if-1", cell(report, 0, "interface"));
        assertEquals(false, cell(report, 0, "conflict"));
        assertNull(cell(report, 0, "other_mac"));
        assertNull(cell(report, 0, "vlan_id"));
        assertEquals("XEROX CORPORATION", cell(report, 1, "vendor"));
        assertFalse(report.isSampled());
    }

    @Test
    void shouldFlagAnAddressThatTwoClaim() throws Exception {
        take(arp(2, FIRST, "c0a80101"), arp(1, SECOND, "c0a80101"), arp(2, FIRST, "c0a80102"));
        Report report = claims.report(Query.first(10).withFilter(new FilterLanguage().parse("conflict")));
        assertEquals(1, report.rows().size());
        assertEquals("192.168.1.1", cell(report, 0, "ip"));
        assertEquals("d0:d4:12:c6:73:f5", cell(report, 0, "mac"));
        assertEquals("00:00:00:00:00:01", cell(report, 0, "other_mac"));
        assertEquals("XEROX CORPORATION", cell(report, 0, "other_vendor"));
        assertEquals(
                1L, (Long) cell(report, 0, "last_seen") - (Long) cell(report, 0, "other_last_seen"), "one frame apart");
    }

    @Test
    void shouldTakeProbesAndOtherVlansForNoConflict() throws Exception {
        take(
                arp(1, FIRST, "00000000"),
                arp(1, SECOND, "00000000"),
                arp("8100000a", 2, FIRST, "c0a80101"),
                arp("8100000b", 2, SECOND, "c0a80101"),
                arp("88a80064" + "8100000a", 2, SECOND, "c0a80101"));
        Report report = report();
        assertEquals(3, report.rows().size());
        for (int row = 0; row < 3; row++) {
            assertEquals(false, cell(report, row, "conflict"));
        }
        assertEquals(100L, cell(report, 0, "vlan_id"));
        assertEquals(10L, cell(report, 0, "inner_vlan"));
        assertEquals(11L, cell(report, 1, "vlan_id"));
        assertNull(cell(report, 1, "inner_vlan"));
    }

    @Test
    void shouldIgnoreWhatIsCutOrNotArp() throws Exception {
        String cut = arp(2, FIRST, "c0a80101");
        take(cut.substring(0, 2 * 40), cut.replace("0806", "8035"));
        assertEquals(0, report().rows().size());
    }

    @Test
    void shouldSayThatItSawSamples() throws Exception {
        take(8, arp(2, FIRST, "c0a80101"));
        assertTrue(report().isSampled());
    }
}
