// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.analyzer.PayloadListener;
import org.jopil.api.event.Direction;
import org.jopil.api.event.PayloadBatch;
import org.jopil.bus.PayloadColumns;

/** Payloads, as one subscriber sees them. */
final class PayloadView extends BatchView<PayloadColumns> implements PayloadBatch {
    private final PayloadListener listener;
    private PayloadColumns columns;

    PayloadView(PayloadListener listener) {
        this.listener = listener;
    }

    @Override
    void columns(PayloadColumns batch) {
        columns = batch;
    }

    @Override
    void deliver() throws Exception {
        listener.onPayloads(this);
    }

    @Override
    public long timestampNs(int row) {
        return columns.timestampNs(row);
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
    public int innerVlan(int row) {
        return columns.innerVlan(row);
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
    public int tcpSequence(int row) {
        return columns.tcpSequence(row);
    }

    @Override
    public int payloadBytes(int row) {
        return columns.payloadBytes(row);
    }

    @Override
    public Direction direction(int row) {
        return columns.direction(row);
    }

    @Override
    public int tcpFlags(int row) {
        return columns.tcpFlags(row);
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
