// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.event.FlowBatch;
import org.jopil.bus.FlowColumns;

/** A batch as one subscriber sees it: the shared columns and its own loss. Empty between two batches. */
final class FlowView implements FlowBatch {
    private FlowColumns columns;
    private int size;
    private long firstSequence;
    private long lostBefore;
    private long closedLostBefore;

    void open(FlowColumns batch, long lost, long closedLost) {
        columns = batch;
        size = batch.size;
        firstSequence = batch.firstSequence;
        lostBefore = lost;
        closedLostBefore = closedLost;
    }

    /** An empty batch. */
    void tick(long nextSequence) {
        firstSequence = nextSequence;
    }

    /** Columns given back to the bus cannot be read through a view that an analyzer kept. */
    void close() {
        columns = null;
        size = 0;
        lostBefore = 0;
        closedLostBefore = 0;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long lostBefore() {
        return lostBefore;
    }

    @Override
    public long closedLostBefore() {
        return closedLostBefore;
    }

    @Override
    public long firstSequence() {
        return firstSequence;
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
