// SPDX-License-Identifier: Apache-2.0
package org.jopil.ledger.internal;

import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.Ledger;
import org.jopil.bus.EventBus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Puts both books together: events as the kernel counted them and as the bus published them, counts as the sensor keeps
 * them. Keeps nothing of its own.
 */
@Component
public final class TwoBookLedger implements Ledger {
    /** An event on its way through the kernel's program is observed, and not yet submitted. */
    private static final int LOOKS = 16;

    private final EventBus bus;

    /** What is read together; a sensor that is replaced starts its counters at 0, the bus goes on. */
    private record Sensor(Counters counters, long deliveredBefore) {}

    private volatile Sensor sensor;
    private volatile FlowBook flowBook;
    private volatile long deliveredBefore;

    /** Called by the component runtime. */
    @Activate
    public TwoBookLedger(@Reference EventBus bus) {
        this.bus = bus;
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindCounters(Counters found) {
        sensor = new Sensor(found, deliveredBefore);
    }

    /** A sensor publishes its last events before it takes its counters away. */
    void unbindCounters(Counters gone) {
        Sensor current = sensor;
        if (current != null && current.counters() == gone) {
            deliveredBefore = bus.deliveredPackets();
            sensor = null;
        }
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindFlowBook(FlowBook found) {
        flowBook = found;
    }

    void unbindFlowBook(FlowBook gone) {
        if (flowBook == gone) {
            flowBook = null;
        }
    }

    @Override
    public Snapshot read() {
        FlowBook book = flowBook;
        List<Count> counts = book == null ? List.of() : book.counts();
        List<Gap> gaps = book == null ? List.of() : book.gaps();
        Sensor current = sensor;
        if (current == null) {
            return new Snapshot(0, 0, 0, 0, 0, bus.subscribers(), counts, gaps);
        }
        // the bus first: what it has published, the kernel has submitted before
        long delivered = bus.deliveredPackets() - current.deliveredBefore();
        Events events = new Events();
        for (int look = 0; look < LOOKS; look++) {
            events.reset();
            current.counters().read(events);
            if (events.observed == events.submitted + events.sampledOut + events.ringFull) {
                break;
            }
        }
        return new Snapshot(
                events.observed,
                delivered,
                events.sampledOut,
                events.ringFull,
                events.submitted - delivered,
                bus.subscribers(),
                counts,
                gaps);
    }

    private static final class Events implements Counters.Visitor {
        private long observed;
        private long submitted;
        private long sampledOut;
        private long ringFull;

        private void reset() {
            observed = 0;
            submitted = 0;
            sampledOut = 0;
            ringFull = 0;
        }

        @Override
        public void counter(int interfaceId, Direction direction, int cpu, int protocol, long packets, long bytes) {
            // the other book, kept by the sensor
        }

        @Override
        public void events(
                int interfaceId,
                Direction direction,
                long moreObserved,
                long moreSubmitted,
                long moreSampledOut,
                long moreRingFull) {
            observed += moreObserved;
            submitted += moreSubmitted;
            sampledOut += moreSampledOut;
            ringFull += moreRingFull;
        }
    }
}
