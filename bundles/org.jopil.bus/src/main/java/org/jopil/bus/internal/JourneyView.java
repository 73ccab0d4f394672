// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.analyzer.JourneyListener;
import org.jopil.api.event.JourneyBatch;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.bus.JourneyColumns;

/** Followed packets, as one subscriber sees them. */
final class JourneyView extends BatchView<JourneyColumns> implements JourneyBatch {
    private final JourneyListener listener;
    private JourneyColumns columns;

    JourneyView(JourneyListener listener) {
        this.listener = listener;
    }

    @Override
    void columns(JourneyColumns batch) {
        columns = batch;
    }

    @Override
    void deliver() throws Exception {
        listener.onJourneys(this);
    }

    @Override
    public long journey(int row) {
        return columns.journey(row);
    }

    @Override
    public long timestampNs(int row) {
        return columns.timestampNs(row);
    }

    @Override
    public JourneyHook hook(int row) {
        return columns.hook(row);
    }

    @Override
    public JourneyEnd end(int row) {
        return columns.end(row);
    }

    @Override
    public int cpu(int row) {
        return columns.cpu(row);
    }

    @Override
    public String interfaceName(int row) {
        return columns.interfaceName(row);
    }

    @Override
    public String namespace(int row) {
        return columns.namespace(row);
    }

    @Override
    public int pid(int row) {
        return columns.pid(row);
    }

    @Override
    public String command(int row) {
        return columns.command(row);
    }

    @Override
    public int lengthBytes(int row) {
        return columns.lengthBytes(row);
    }

    @Override
    public String dropReason(int row) {
        return columns.dropReason(row);
    }

    @Override
    public boolean isFirst(int row) {
        return columns.isFirst(row);
    }

    @Override
    public boolean isTraced(int row) {
        return columns.isTraced(row);
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
    public int tcpFlags(int row) {
        return columns.tcpFlags(row);
    }

    @Override
    public int tcpSequence(int row) {
        return columns.tcpSequence(row);
    }
}
