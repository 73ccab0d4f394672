// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.Ledger;
import org.jopil.bus.DropColumns;
import org.jopil.bus.DropWriter;
import org.jopil.bus.EventBus;
import org.jopil.bus.FlowWriter;
import org.jopil.bus.PacketWriter;

/** Keeps the drops that are published. */
final class CollectingBus implements EventBus, DropWriter {
    /** One row. */
    record Drop(
            String reason,
            String source,
            int sourcePort,
            String destination,
            int destinationPort,
            int ipProtocol,
            int length,
            int weight,
            long timestampNs) {}

    private final List<Drop> drops = new ArrayList<>();
    private final DropColumns columns = new DropColumns();

    synchronized List<Drop> told() {
        return List.copyOf(drops);
    }

    @Override
    public DropColumns columns() {
        return columns;
    }

    @Override
    public synchronized void publish() {
        for (int i = 0; i < columns.size; i++) {
            drops.add(new Drop(
                    columns.place(i).reason(),
                    Addresses.text(columns.srcHi(i), columns.srcLo(i)),
                    columns.srcPort(i),
                    Addresses.text(columns.dstHi(i), columns.dstLo(i)),
                    columns.dstPort(i),
                    columns.ipProtocol(i),
                    columns.lengthBytes(i),
                    columns.weight(i),
                    columns.timestampNs(i)));
        }
        columns.size = 0;
    }

    @Override
    public synchronized long rows() {
        return drops.size();
    }

    @Override
    public DropWriter drops() {
        return this;
    }

    @Override
    public PacketWriter packets() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FlowWriter flows() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long deliveredPackets() {
        return 0;
    }

    @Override
    public List<Ledger.Subscriber> subscribers() {
        return List.of();
    }
}
