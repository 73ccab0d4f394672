// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.analyzer.DropListener;
import org.jopil.api.event.DropBatch;
import org.jopil.api.source.DropSource;
import org.jopil.bus.DropColumns;

/** Drops, as one subscriber sees them. */
final class DropView extends BatchView<DropColumns> implements DropBatch {
    private final DropListener listener;
    private DropColumns columns;

    DropView(DropListener listener) {
        this.listener = listener;
    }

    @Override
    void columns(DropColumns batch) {
        columns = batch;
    }

    @Override
    void deliver() throws Exception {
        listener.onDrops(this);
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
    public int lengthBytes(int row) {
        return columns.lengthBytes(row);
    }

    @Override
    public int cpu(int row) {
        return columns.cpu(row);
    }

    @Override
    public DropSource.Place place(int row) {
        return columns.place(row);
    }

    @Override
    public int etherType(int row) {
        return columns.etherType(row);
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
    public boolean isReceived(int row) {
        return columns.isReceived(row);
    }

    @Override
    public long socketCookie(int row) {
        return columns.socketCookie(row);
    }
}
