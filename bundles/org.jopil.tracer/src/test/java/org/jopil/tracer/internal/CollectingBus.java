// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Ledger;
import org.jopil.bus.DropColumns;
import org.jopil.bus.DropWriter;
import org.jopil.bus.EventBus;
import org.jopil.bus.FlowWriter;
import org.jopil.bus.JourneyColumns;
import org.jopil.bus.JourneyWriter;
import org.jopil.bus.PacketWriter;
import org.jopil.bus.PayloadWriter;

/** Keeps the drops and the hooks of followed packets that are published. */
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

    /** A followed packet at a hook. */
    record Seen(
            long journey,
            JourneyHook hook,
            JourneyEnd end,
            long timestampNs,
            String interfaceName,
            String namespace,
            int pid,
            String command,
            boolean isFirst,
            boolean isTraced,
            int ipProtocol,
            String source,
            int sourcePort,
            String destination,
            int destinationPort,
            int tcpFlags,
            int tcpSequence,
            int length) {}

    private final List<Seen> seen = new ArrayList<>();
    private final JourneyColumns journeys = new JourneyColumns();
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

    synchronized List<Seen> seen() {
        return List.copyOf(seen);
    }

    @Override
    public JourneyWriter journeys() {
        return new JourneyWriter() {
            @Override
            public JourneyColumns columns() {
                return journeys;
            }

            @Override
            public void publish() {
                keepJourneys();
            }
        };
    }

    @Override
    public PayloadWriter payloads() {
        throw new UnsupportedOperationException("the tracer writes no payloads");
    }

    private synchronized void keepJourneys() {
        for (int i = 0; i < journeys.size; i++) {
            seen.add(new Seen(
                    journeys.journey(i),
                    journeys.hook(i),
                    journeys.end(i),
                    journeys.timestampNs(i),
                    journeys.interfaceName(i),
                    journeys.namespace(i),
                    journeys.pid(i),
                    journeys.command(i),
                    journeys.isFirst(i),
                    journeys.isTraced(i),
                    journeys.ipProtocol(i),
                    Addresses.text(journeys.srcHi(i), journeys.srcLo(i)),
                    journeys.srcPort(i),
                    Addresses.text(journeys.dstHi(i), journeys.dstLo(i)),
                    journeys.dstPort(i),
                    journeys.tcpFlags(i),
                    journeys.tcpSequence(i),
                    journeys.lengthBytes(i)));
        }
        journeys.size = 0;
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
    public FlowSource hidden(FlowSource source) {
        return source;
    }

    @Override
    public void wake() {}

    @Override
    public long deliveredPackets() {
        return 0;
    }

    @Override
    public List<Ledger.Subscriber> subscribers() {
        return List.of();
    }
}
