// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.PacketBatch;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Interfaces;
import org.jopil.decode.MacVendors;
import org.jopil.decode.Offsets;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Which MAC addresses claim which IPv4 addresses by ARP (RFC 826, RFC 5227): senders of requests, of replies and of
 * announcements. Two that claim the same one on the same interface and VLAN are a conflict: an address given twice,
 * someone who pretends, or a failover. ARP is seen as far as packets are sampled: no conflict here does not say that there
 * is none.
 */
@Component(service = {PacketAnalyzer.class, ReportSource.class})
@AnalyzerProperties(name = "arp", latency_ms = 1000)
public final class ArpClaims implements PacketAnalyzer, ReportSource {
    private static final Column[] COLUMNS = {
        column("ip", Type.ADDRESS, "IPv4 address that was claimed, in sampled packets"),
        column("mac", Type.TEXT, "MAC address that claimed it last"),
        column("vendor", Type.TEXT, "Whom IEEE gave the MAC address to; null if it was set by software"),
        column("interface", Type.TEXT, "Interface it was seen on"),
        detail("vlan_id", Type.NUMBER, "Outer VLAN id"),
        detail("inner_vlan", Type.NUMBER, "VLAN id of the second tag"),
        column("last_seen", Type.TIME, "Last claim that was sampled"),
        column("conflict", Type.BOOLEAN, "Another MAC address claimed it within 5 minutes before"),
        column("other_mac", Type.TEXT, "MAC address that claimed it before, whenever that was"),
        detail("other_vendor", Type.TEXT, "Whom IEEE gave that one to"),
        detail("other_last_seen", Type.TIME, "Its last claim that was sampled")
    };

    private static final int ETHER_TYPE_ARP = 0x0806;
    private static final int MAC_BYTES = 6;
    private static final int VLAN_IDS = 4096;

    private final ArpTable table = new ArpTable();
    private final byte[] headers = new byte[PacketStore.CAPTURE_BYTES];
    private long lost;
    private boolean sampled;
    private volatile Interfaces interfaces;

    /** The sensor comes last and goes first: without it rows keep their interface as a number. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void setInterfaces(Interfaces service) {
        interfaces = service;
    }

    void unsetInterfaces(Interfaces service) {
        if (interfaces == service) {
            interfaces = null;
        }
    }

    @Override
    public void onPackets(PacketBatch batch) {
        lost += batch.lostBefore();
        for (int row = 0; row < batch.size(); row++) {
            sampled |= batch.weight(row) > 1;
            if (batch.etherType(row) == ETHER_TYPE_ARP && !batch.isLayer3(row)) {
                take(batch, row);
            }
        }
    }

    private void take(PacketBatch batch, int row) {
        int captured = batch.copyCaptured(row, headers, 0);
        int sender = Offsets.arpSender(headers, 0, captured);
        if (sender < 0) {
            return;
        }
        int ip = (int) number(sender, Integer.BYTES);
        long mac = number(sender - MAC_BYTES, MAC_BYTES);
        if (ip == 0 || mac == 0) {
            return; // a probe (RFC 5227): it asks whether the address is free
        }
        int beside = batch.acceleratedVlan(row) == 0 ? 0 : 1;
        int outer = beside == 1
                ? batch.acceleratedVlan(row) & (VLAN_IDS - 1)
                : Offsets.vlanInFrame(headers, 0, captured, 0);
        int inner = Offsets.vlanInFrame(headers, 0, captured, 1 - beside);
        table.claim(batch.interfaceId(row), (outer + 1) * (VLAN_IDS + 1) + inner + 1, ip, mac, batch.timestampNs(row));
    }

    private long number(int at, int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | headers[at + i] & 0xFF;
        }
        return value;
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(query.sort().isPresent() ? query : query.withSort("-last_seen"), COLUMNS);
        Optional<Interfaces> names = Optional.ofNullable(interfaces);
        for (int slot = 0; slot < ArpTable.CAPACITY; slot++) {
            if (table.lastSeenNs[slot] == 0) {
                continue;
            }
            int id = table.interfaceId[slot];
            long other = table.otherMac[slot];
            report.row(
                    Addresses.text(0, Addresses.mapped(table.ip[slot])),
                    text(table.mac[slot]),
                    MacVendors.name(table.mac[slot]),
                    names.map(service -> service.name(id)).orElse("if-" + id),
                    vlan(table.vlans[slot] / (VLAN_IDS + 1)),
                    vlan(table.vlans[slot] % (VLAN_IDS + 1)),
                    table.lastSeenNs[slot],
                    table.isConflict(slot),
                    other == 0 ? null : text(other),
                    other == 0 ? null : MacVendors.name(other),
                    other == 0 ? null : table.otherSeenNs[slot]);
        }
        report.lost(lost + table.forgotten());
        return (sampled ? report.sampled() : report).build();
    }

    private static Integer vlan(int idPlusOne) {
        return idPlusOne == 0 ? null : idPlusOne - 1;
    }

    private static String text(long mac) {
        return HexFormat.ofDelimiter(":")
                .formatHex(ByteBuffer.allocate(Long.BYTES).putLong(mac).array(), 2, 8);
    }
}
