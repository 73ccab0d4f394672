// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongBiFunction;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Ledger;
import org.jopil.bus.DropWriter;
import org.jopil.bus.EventBus;
import org.jopil.bus.FlowWriter;
import org.jopil.bus.JourneyWriter;
import org.jopil.bus.PacketColumns;
import org.jopil.bus.PacketWriter;
import org.jopil.bus.PayloadColumns;
import org.jopil.bus.PayloadWriter;

/** A bus that keeps what is published. */
final class TestBus implements EventBus, PacketWriter {
    private final List<PacketColumns> published = new ArrayList<>();
    private PacketColumns filling = new PacketColumns();
    private boolean behind;
    final Payloads payloads = new Payloads();

    /** What flows carry, as it was published. */
    static final class Payloads implements PayloadWriter {
        private final List<PayloadColumns> published = new ArrayList<>();
        private PayloadColumns filling = new PayloadColumns();

        @Override
        public PayloadColumns columns() {
            return filling;
        }

        @Override
        public synchronized void publish() {
            if (filling.size > 0) {
                published.add(filling);
                filling = new PayloadColumns();
            }
        }

        @Override
        public synchronized long rows() {
            return published.stream().mapToInt(PayloadColumns::size).sum();
        }

        synchronized List<PayloadColumns> batches() {
            return List.copyOf(published);
        }
    }

    /** Whether it says from now on that most subscribers cannot keep up. */
    synchronized void behind(boolean now) {
        behind = now;
    }

    @Override
    public PacketColumns columns() {
        return filling;
    }

    @Override
    public synchronized boolean publish() {
        if (filling.size > 0) {
            published.add(filling);
            filling = new PacketColumns();
        }
        return behind;
    }

    synchronized int rows() {
        return published.stream().mapToInt(PacketColumns::size).sum();
    }

    /** Batches as they were published. */
    synchronized List<PacketColumns> batches() {
        return List.copyOf(published);
    }

    synchronized long sum(int interfaceId, ToLongBiFunction<PacketColumns, Integer> value) {
        long sum = 0;
        for (PacketColumns batch : published) {
            for (int row = 0; row < batch.size; row++) {
                sum += batch.interfaceId[row] == interfaceId ? value.applyAsLong(batch, row) : 0;
            }
        }
        return sum;
    }

    @Override
    public PacketWriter packets() {
        return this;
    }

    @Override
    public FlowWriter flows() {
        throw new UnsupportedOperationException("the sensor writes packets and payloads only");
    }

    @Override
    public DropWriter drops() {
        throw new UnsupportedOperationException("the sensor writes packets and payloads only");
    }

    @Override
    public JourneyWriter journeys() {
        throw new UnsupportedOperationException("the sensor writes packets and payloads only");
    }

    @Override
    public PayloadWriter payloads() {
        return payloads;
    }

    @Override
    public FlowSource hidden(FlowSource source) {
        return source;
    }

    @Override
    public void wake() {}

    @Override
    public long deliveredPackets() {
        return rows();
    }

    @Override
    public List<Ledger.Subscriber> subscribers() {
        return List.of();
    }
}
