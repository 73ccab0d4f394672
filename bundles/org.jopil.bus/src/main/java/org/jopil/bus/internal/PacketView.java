// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.api.event.Direction;
import org.jopil.api.event.PacketBatch;
import org.jopil.bus.PacketColumns;

/** Packets, as one subscriber sees them. */
final class PacketView extends BatchView<PacketColumns> implements PacketBatch {
    private final PacketAnalyzer listener;
    private PacketColumns columns;

    PacketView(PacketAnalyzer listener) {
        this.listener = listener;
    }

    @Override
    void columns(PacketColumns batch) {
        columns = batch;
    }

    @Override
    void deliver() throws Exception {
        listener.onPackets(this);
    }

    @Override
    public long timestampNs(int row) {
        return columns.timestampNs(row);
    }

    @Override
    public int weight(int row) {
        return columns.weight(row);
    }

    @Override
    public int packets(int row) {
        return columns.packets(row);
    }

    @Override
    public int wireBytes(int row) {
        return columns.wireBytes(row);
    }

    @Override
    public int lengthBytes(int row) {
        return columns.lengthBytes(row);
    }

    @Override
    public int interfaceId(int row) {
        return columns.interfaceId(row);
    }

    @Override
    public Direction direction(int row) {
        return columns.direction(row);
    }

    @Override
    public String hook(int row) {
        return columns.hook(row);
    }

    @Override
    public int cpu(int row) {
        return columns.cpu(row);
    }

    @Override
    public int rxQueue(int row) {
        return columns.rxQueue(row);
    }

    @Override
    public int etherType(int row) {
        return columns.etherType(row);
    }

    @Override
    public int vlan(int row) {
        return columns.vlan(row);
    }

    @Override
    public int ipProtocol(int row) {
        return columns.ipProtocol(row);
    }

    @Override
    public long srcHi(int row) {
        return columns.srcHi(row);
    }

    @Override
    public long srcLo(int row) {
        return columns.srcLo(row);
    }

    @Override
    public long dstHi(int row) {
        return columns.dstHi(row);
    }

    @Override
    public long dstLo(int row) {
        return columns.dstLo(row);
    }

    @Override
    public int srcPort(int row) {
        return columns.srcPort(row);
    }

    @Override
    public int dstPort(int row) {
        return columns.dstPort(row);
    }

    @Override
    public boolean hasPorts(int row) {
        return columns.hasPorts(row);
    }

    @Override
    public boolean isFragment(int row) {
        return columns.isFragment(row);
    }

    @Override
    public boolean isMalformed(int row) {
        return columns.isMalformed(row);
    }

    @Override
    public int tcpFlags(int row) {
        return columns.tcpFlags(row);
    }

    @Override
    public int acceleratedVlan(int row) {
        return columns.acceleratedVlan(row);
    }

    @Override
    public boolean isLayer3(int row) {
        return columns.isLayer3(row);
    }

    @Override
    public boolean isMasked(int row) {
        return columns.isMasked(row);
    }

    @Override
    public int capturedLength(int row) {
        return columns.capturedLength(row);
    }

    @Override
    public int copyCaptured(int row, byte[] destination, int at) {
        return columns.copyCaptured(row, destination, at);
    }
}
