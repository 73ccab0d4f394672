// SPDX-License-Identifier: Apache-2.0
package org.jopil.ledger.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.Ledger;
import org.jopil.bus.EventBus;
import org.jopil.bus.FlowWriter;
import org.jopil.bus.PacketWriter;
import org.junit.jupiter.api.Test;

class TwoBookLedgerTest {
    private static final class TestBus implements EventBus {
        private long delivered;

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
            return delivered;
        }

        @Override
        public List<Ledger.Subscriber> subscribers() {
            return List.of(new Ledger.Subscriber("top-talkers", delivered, delivered - 1, 1, 0));
        }
    }

    private static final class TestCounters implements Counters {
        private long observed;
        private long submitted;
        private long sampledOut;
        private long ringFull;
        private int tornReads;

        @Override
        public void read(Visitor visitor) {
            long running = tornReads-- > 0 ? 1 : 0;
            visitor.events(1, Direction.INGRESS, observed + running, submitted, sampledOut, ringFull);
            visitor.events(1, Direction.EGRESS, 10, 10, 0, 0);
        }
    }

    private final TestBus bus = new TestBus();
    private final TwoBookLedger ledger = new TwoBookLedger(bus);

    private static TestCounters counters(long observed, long submitted, long sampledOut, long ringFull) {
        TestCounters counters = new TestCounters();
        counters.observed = observed;
        counters.submitted = submitted;
        counters.sampledOut = sampledOut;
        counters.ringFull = ringFull;
        return counters;
    }

    @Test
    void shouldBalanceWhatWasObserved() {
        TestCounters counters = counters(100, 60, 35, 5);
        ledger.bindCounters(counters);
        bus.delivered = 66;
        Ledger.Snapshot book = ledger.read();
        assertEquals(110, book.observed());
        assertEquals(66, book.delivered());
        assertEquals(4, book.inFlight());
        assertEquals(0, book.eventsDifference());
        assertEquals(0, book.subscribers().get(0).difference());
    }

    @Test
    void shouldLookAgainWhileAnEventIsOnItsWay() {
        TestCounters counters = counters(100, 60, 35, 5);
        counters.tornReads = 3;
        ledger.bindCounters(counters);
        assertEquals(0, ledger.read().eventsDifference());
    }

    @Test
    void shouldShowWhatDoesNotAddUp() {
        ledger.bindCounters(counters(100, 60, 30, 5));
        assertEquals(5, ledger.read().eventsDifference());
    }

    @Test
    void shouldStartTheEventsBookAnewWithANewSensor() {
        TestCounters first = counters(100, 100, 0, 0);
        ledger.bindCounters(first);
        bus.delivered = 110;
        ledger.unbindCounters(first);
        assertEquals(0, ledger.read().delivered());
        ledger.bindCounters(counters(7, 7, 0, 0));
        bus.delivered = 125;
        Ledger.Snapshot book = ledger.read();
        assertEquals(15, book.delivered());
        assertEquals(2, book.inFlight());
        assertEquals(0, book.eventsDifference());
    }

    @Test
    void shouldPassOnTheCountsBook() {
        Ledger.Count count = new Ledger.Count("eth0", "ingress", "tcp", 10, 8, 2, 0);
        FlowBook book = new FlowBook() {
            @Override
            public List<Ledger.Count> counts() {
                return List.of(count);
            }

            @Override
            public long undrained() {
                return 0;
            }
        };
        assertTrue(ledger.read().counts().isEmpty());
        ledger.bindFlowBook(book);
        assertEquals(List.of(count), ledger.read().counts());
        ledger.unbindFlowBook(book);
        assertTrue(ledger.read().counts().isEmpty());
    }
}
