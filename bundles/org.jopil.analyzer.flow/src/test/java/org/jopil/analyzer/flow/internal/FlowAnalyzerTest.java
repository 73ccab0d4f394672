// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Ledger;
import org.jopil.bus.DropWriter;
import org.jopil.bus.EventBus;
import org.jopil.bus.FlowWriter;
import org.jopil.bus.JourneyWriter;
import org.jopil.bus.PacketWriter;
import org.jopil.bus.PayloadWriter;
import org.junit.jupiter.api.Test;

class FlowAnalyzerTest {
    private static final class TestBus implements EventBus {
        private final CollectingWriter writer = new CollectingWriter();

        @Override
        public PacketWriter packets() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FlowWriter flows() {
            return writer;
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
            return 0;
        }

        @Override
        public List<Ledger.Subscriber> subscribers() {
            return List.of();
        }
    }

    private static final class TestSource implements FlowSource, FlowSource.Claim {
        private boolean claimed;
        private boolean urgent;
        private int scans;

        @Override
        public Claim claim() {
            assertTrue(!claimed, "claimed twice");
            claimed = true;
            return this;
        }

        @Override
        public int scan(FlowSource.Visitor visitor) {
            scans++;
            visitor.flow(TestChange.of(17, "10.0.0.1", 5, "10.0.0.2", 53).at(99, 100));
            return 1;
        }

        @Override
        public boolean urgent() {
            return urgent;
        }

        @Override
        public void close() {
            claimed = false;
        }
    }

    private final FlowAnalyzer analyzer = new FlowAnalyzer(new TestBus(), Settings.DEFAULT, () -> TestChange.ns(100));
    private final TestSource source = new TestSource();

    @Test
    void shouldScanAtOnceThenOnceASecondAndSoonerWhenItIsUrgent() {
        analyzer.bindFlowSource(source);
        analyzer.poll();
        analyzer.poll();
        assertEquals(1, source.scans);
        analyzer.poll();
        assertEquals(1, source.scans);
        source.urgent = true;
        analyzer.poll();
        analyzer.poll();
        assertEquals(3, source.scans);
    }

    @Test
    void shouldKeepItsClaimWhileASensorThatIsGoneStillHasSomething() {
        analyzer.bindFlowSource(source);
        analyzer.poll();
        analyzer.poll();
        analyzer.unbindFlowSource(source);
        source.urgent = true;
        analyzer.poll();
        assertEquals(2, source.scans);
        assertTrue(source.claimed);
        assertEquals(HealthCheck.Status.DEGRADED, analyzer.check().status());
    }

    @Test
    void shouldGoOverToTheNextSensorAfterALastScan() {
        analyzer.bindFlowSource(source);
        analyzer.poll();
        analyzer.poll();
        analyzer.unbindFlowSource(source);
        TestSource next = new TestSource();
        analyzer.bindFlowSource(next);
        analyzer.poll();
        assertEquals(2, source.scans);
        assertTrue(!source.claimed && next.claimed);
        analyzer.poll();
        assertEquals(1, next.scans);
        assertEquals(HealthCheck.Status.UP, analyzer.check().status());
    }

    @Test
    void shouldReleaseItsClaimWhenItStops() {
        analyzer.bindFlowSource(source);
        analyzer.poll();
        analyzer.deactivate();
        assertTrue(!source.claimed);
    }

    @Test
    void shouldAnswerWithoutASensor() throws Exception {
        analyzer.poll();
        assertEquals(0, analyzer.report(Query.first(10)).total());
    }

    @Test
    void shouldGroupAndSayByWhatItCan() throws Exception {
        analyzer.bindFlowSource(source);
        analyzer.poll();
        analyzer.poll();
        Report report = analyzer.report(Query.first(10).withBy("dst_port"));
        assertEquals(List.of(53L, 1L, 1L, 60L), List.of(report.rows().get(0)));
        JopilException refused = assertThrows(
                JopilException.class, () -> analyzer.report(Query.first(10).withBy("bytes")));
        assertTrue(refused.detail().contains("src_ip"), refused.detail());
        assertThrows(JopilException.class, () -> analyzer.report(Query.first(10).withSort("nope")));
    }
}
