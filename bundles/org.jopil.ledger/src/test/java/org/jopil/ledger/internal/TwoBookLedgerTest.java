// SPDX-License-Identifier: Apache-2.0
package org.jopil.ledger.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Ledger;
import org.jopil.bus.DropWriter;
import org.jopil.bus.EventBus;
import org.jopil.bus.FlowWriter;
import org.jopil.bus.JourneyWriter;
import org.jopil.bus.PacketWriter;
import org.jopil.bus.PayloadWriter;
import org.junit.jupiter.api.Test;

class TwoBookLedgerTest {
    private static final long SECOND_NS = 1_000_000_000;

    private static final class TestBus implements EventBus {
        private Ledger.Subscriber subscriber = new Ledger.Subscriber("top-talkers", 10, 9, 1, 0);

        @Override
        public PacketWriter packets() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FlowWriter flows() {
            throw new UnsupportedOperationException();
        }

        @Override
        public DropWriter drops() {
            throw new UnsupportedOperationException();
        }

        @Override
        public JourneyWriter journeys() {
            throw new UnsupportedOperationException();
        }

        @Override
        public PayloadWriter payloads() {
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
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Ledger.Subscriber> subscribers() {
            return List.of(subscriber);
        }
    }

    private static final class TestCounters implements Counters {
        private long packets = 1000;
        private long observed = 100;
        private final long submitted = 60;
        private final long sampledOut = 35;
        private final long ringFull = 5;
        private int tornReads;

        @Override
        public void read(Visitor visitor) {
            long running = tornReads-- > 0 ? 1 : 0;
            visitor.counter(1, Direction.INGRESS, 0, Protocols.ARP, packets, 60 * packets);
            visitor.events(1, Direction.INGRESS, observed + running, submitted, sampledOut, ringFull);
        }
    }

    private final TestBus bus = new TestBus();
    private final TestCounters counters = new TestCounters();
    private HandOff ring = new HandOff(HandOffs.RING, "CPU 0", 60, 57, 0, 0, 3);
    private HandOff published = new HandOff(HandOffs.BUS, "packets", 57, 56, 0, 0, 1);
    private HandOff client = new HandOff(HandOffs.WEB_CLIENT, "127.0.0.1:4711", 8, 5, 0, 2, 1);
    private Ledger.Count count = count(0, 0);
    private final TwoBookLedger ledger = new TwoBookLedger(bus);

    TwoBookLedgerTest() {
        ledger.counters = counters;
        ledger.places = List.of(() -> List.of(ring, published), () -> List.of(client));
        ledger.flowBook = new FlowBook() {
            @Override
            public List<Ledger.Count> counts() {
                return List.of(count);
            }

            @Override
            public long undrained() {
                return 0;
            }
        };
    }

    private static Ledger.Count count(long packets, long bytes) {
        return new Ledger.Count(
                "eth0", "ingress", "tcp", 10 + packets, 8, 2, packets, new Ledger.Bytes(600 + bytes, 480, 120, bytes));
    }

    @Test
    void shouldAddUpFromTheKernelToTheSubscribers() {
        Ledger.Snapshot book = ledger.read();
        assertEquals(100, book.observed());
        assertEquals(56, book.delivered());
        assertEquals(35, book.sampledOut());
        assertEquals(5, book.ringFull());
        assertEquals(4, book.inFlight(), "3 in the ring, 1 read");
        assertEquals(0, book.eventsDifference());
        assertEquals(0, book.difference());
        ledger.look(0);
        ledger.look(SECOND_NS);
        assertEquals(List.of(), ledger.read().findings());
        assertEquals(Optional.empty(), ledger.read().unbalanced());
        assertEquals(HealthCheck.Status.UP, ledger.check().status());
    }

    @Test
    void shouldTakeWhatWasSubmittedSinceTheRingsWereLookedAtAsBeingOnItsWay() {
        ring = new HandOff(HandOffs.RING, "CPU 0", 50, 50, 0, 0, 0);
        published = new HandOff(HandOffs.BUS, "packets", 50, 50, 0, 0, 0);
        assertEquals(10, ledger.read().inFlight());
        assertEquals(0, ledger.read().difference());
    }

    @Test
    void shouldLookAgainWhileAnEventIsOnItsWay() {
        counters.tornReads = 3;
        assertEquals(0, ledger.read().difference());
    }

    @Test
    void shouldNameTheLayerOfWhatStaysWrong() {
        published = new HandOff(HandOffs.BUS, "packets", 57, 46, 0, 0, 1);
        ledger.look(SECOND_NS);
        assertEquals(List.of(), ledger.read().findings(), "one look proves nothing");
        ledger.look(2 * SECOND_NS);
        Ledger.Finding finding = only();
        assertEquals(HandOffs.BUS, finding.layer());
        assertEquals(10, finding.amount());
        assertEquals(SECOND_NS, finding.sinceNs());
        assertEquals(10, ledger.read().eventsDifference());
        HealthCheck.Result health = ledger.check();
        assertEquals(HealthCheck.Status.DEGRADED, health.status());
        assertTrue(health.message().startsWith("bus packets: 10 events came in"), health.message());
        assertTrue(health.message().contains("since 1970-01-01T00:00:01Z"), health.message());

        published = new HandOff(HandOffs.BUS, "packets", 57, 56, 0, 0, 1);
        ledger.look(3 * SECOND_NS);
        assertEquals(List.of(), ledger.read().findings());
        assertEquals(
                Optional.of(new Ledger.Span(SECOND_NS, 2 * SECOND_NS)),
                ledger.read().unbalanced());
        assertEquals(HealthCheck.Status.UP, ledger.check().status());
        assertTrue(ledger.check().message().contains("they did not from"), ledger.check()::message);
    }

    @Test
    void shouldNotTakeForWrongWhatWasOnItsWay() {
        HandOff good = ring;
        for (int look = 0; look < 10; look++) {
            ring = look % 2 == 0 ? new HandOff(HandOffs.RING, "CPU 0", 60, 56, 0, 0, 3) : good;
            ledger.look(look * SECOND_NS);
            assertEquals(List.of(), ledger.read().findings());
        }
        assertEquals(Optional.empty(), ledger.read().unbalanced());
    }

    @Test
    void shouldNameSubscriberAndWebClient() {
        bus.subscriber = new Ledger.Subscriber("top-talkers", 10, 5, 1, 0);
        client = new HandOff(HandOffs.WEB_CLIENT, "127.0.0.1:4711", 8, 4, 0, 2, 1);
        ledger.look(0);
        ledger.look(SECOND_NS);
        List<Ledger.Finding> findings = ledger.read().findings();
        assertEquals(
                List.of("subscriber top-talkers 4 events", "web client 127.0.0.1:4711 1 messages"),
                findings.stream()
                        .map(f -> f.layer() + " " + f.name() + " " + f.amount() + " " + f.unit())
                        .toList());
        assertEquals(5, ledger.read().difference());
        assertEquals(0, ledger.read().eventsDifference(), "all of them were published");
    }

    @Test
    void shouldFindACounterThatIsNotTheSumOfItsFlows() {
        count = count(1000, 0);
        ledger.look(0);
        Ledger.Finding finding = only();
        assertEquals("kernel counter eth0 ingress tcp", finding.layer() + " " + finding.name());
        assertEquals(1000, finding.amount());
        assertEquals("packets", finding.unit());
        count = count(0, 64);
        ledger.look(SECOND_NS);
        assertEquals("bytes", only().unit());
        assertEquals(64, only().amount());
        assertEquals(1, ledger.read().difference());
        count = count(-3, 0);
        ledger.look(2 * SECOND_NS);
        assertEquals(-3, only().amount());
        assertTrue(
                only().text().endsWith(": 3 packets are in flows and overflow, and not in the counter"), only()::text);
    }

    @Test
    void shouldFindACounterThatGoesBackOrHoldsLessThanItsEvents() {
        ledger.look(0);
        counters.packets = 990;
        ledger.look(SECOND_NS);
        assertEquals(
                "kernel counter if-1 ingress arp: 10 packets were taken out of the counter: it went back",
                only().text());
        counters.packets = 2000;
        ledger.look(2 * SECOND_NS);
        assertEquals(-10, only().amount(), "that stays wrong");

        counters.packets = 99;
        ledger.look(3 * SECOND_NS);
        assertEquals(2, ledger.read().findings().size(), () -> ledger.read()
                .findings()
                .toString());
        assertEquals(
                List.of("-1911 if-1 ingress arp", "1 if-1 ingress"),
                ledger.read().findings().stream()
                        .map(f -> f.amount() + " " + f.name())
                        .toList());
    }

    @Test
    void shouldBeginAnewWithANewSensor() {
        ledger.look(0);
        TestCounters fresh = new TestCounters();
        fresh.packets = 200;
        ledger.counters = fresh;
        ledger.look(SECOND_NS);
        assertEquals(List.of(), ledger.read().findings());
        ledger.counters = null;
        ledger.places = List.of();
        assertEquals(0, ledger.read().observed());
        assertEquals(0, ledger.read().difference());
    }

    @Test
    void shouldKeepTheLastMinuteBySeconds() {
        for (int look = 0; look < 200; look++) {
            counters.packets += 10;
            ledger.look(look * SECOND_NS / 2);
        }
        List<Ledger.Second> seconds = ledger.read().seconds();
        assertEquals(60, seconds.size());
        assertEquals(new Ledger.Second(99 * SECOND_NS, 0, 0, 0, 0, 0), seconds.get(59));
        client = new HandOff(HandOffs.WEB_CLIENT, "127.0.0.1:4711", 8, 4, 0, 2, 1);
        ledger.look(100 * SECOND_NS);
        assertEquals(1, ledger.read().seconds().get(59).difference());
        ledger.look(100 * SECOND_NS);
        ledger.look(101 * SECOND_NS);
        assertEquals(0, ledger.read().seconds().get(59).difference(), "nothing new in this second");
    }

    private Ledger.Finding only() {
        List<Ledger.Finding> findings = ledger.read().findings();
        assertEquals(1, findings.size(), findings::toString);
        return findings.get(0);
    }
}
