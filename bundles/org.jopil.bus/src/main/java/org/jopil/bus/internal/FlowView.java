// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.analyzer.FlowListener;
import org.jopil.api.event.FlowBatch;
import org.jopil.bus.FlowColumns;

/** Flows, as one subscriber sees them. */
final class FlowView extends BatchView<FlowColumns> implements FlowBatch {
    private final FlowListener listener;
    private FlowColumns columns;

    FlowView(FlowListener listener) {
        this.listener = listener;
    }

    @Override
    void columns(FlowColumns batch) {
        columns = batch;
    }

    @Override
    void deliver() throws Exception {
        listener.onFlows(this);
    }

    @Override
    public long closedLostBefore() {
        return markedLostBefore();
    }

    @Override
    public long id(int row) {
        return columns.id(row);
    }

    @Override
    public Change change(int row) {
        return columns.change(row);
    }

    @Override
    public EndReason endReason(int row) {
        return columns.endReason(row);
    }

    @Override
    public int interfaceId(int row) {
        return columns.interfaceId(row);
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
    public long packetsFwd(int row) {
        return columns.packetsFwd(row);
    }

    @Override
    public long packetsRev(int row) {
        return columns.packetsRev(row);
    }

    @Override
    public long bytesFwd(int row) {
        return columns.bytesFwd(row);
    }

    @Override
    public long bytesRev(int row) {
        return columns.bytesRev(row);
    }

    @Override
    public long firstSeenNs(int row) {
        return columns.firstSeenNs(row);
    }

    @Override
    public long lastSeenNs(int row) {
        return columns.lastSeenNs(row);
    }

    @Override
    public int tcpFlagsFwd(int row) {
        return columns.tcpFlagsFwd(row);
    }

    @Override
    public int tcpFlagsRev(int row) {
        return columns.tcpFlagsRev(row);
    }
}
