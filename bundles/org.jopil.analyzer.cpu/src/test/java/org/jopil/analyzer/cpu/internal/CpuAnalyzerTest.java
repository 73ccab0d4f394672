// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import org.jopil.api.event.Direction;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;

class CpuAnalyzerTest {
    private long packets = 30;
    private final CpuAnalyzer analyzer = new CpuAnalyzer(
            visitor -> {
                visitor.counter(1, Direction.INGRESS, 0, 6, packets, 100 * packets);
                visitor.counter(1, Direction.EGRESS, 0, 17, packets, 100 * packets);
                visitor.counter(1, Direction.EGRESS, 5, 17, 20, 2000);
            },
            new OnlineCpus("0-2,5\n"),
            new SoftnetCounters(Path.of("/nonexistent")));

    private static Object[] firstSix(Object[] row) {
        return Arrays.copyOf(row, 6);
    }

    private Object value(int row, String column) throws Exception {
        Report report = analyzer.report(Query.first(10));
        return report.rows().get(row)[report.indexOf(column)];
    }

    @Test
    void shouldListIdleCpusAndSayHowUnevenTheOthersAre() throws Exception {
        Report report = analyzer.report(Query.first(10));
        assertEquals(4, report.total());
        assertArrayEquals(
                new Object[] {0L, 60L, 6000L, 75.0, null, 3.0},
                firstSix(report.rows().get(0)));
        assertArrayEquals(
                new Object[] {1L, 0L, 0L, 0.0, null, 0.0},
                firstSix(report.rows().get(1)));
        assertArrayEquals(
                new Object[] {5L, 20L, 2000L, 25.0, null, 1.0},
                firstSix(report.rows().get(3)));
    }

    @Test
    void shouldGiveRatesOverTheTimeThatPassed() throws Exception {
        analyzer.poll(5_000_000_000L);
        assertNull(analyzer.report(Query.first(10)).rows().get(0)[4]);
        packets = 80;
        analyzer.poll(7_000_000_000L);
        assertEquals(50.0, analyzer.report(Query.first(10)).rows().get(0)[4]);
    }

    @Test
    void shouldSayWhatIsNotKnown() throws Exception {
        assertNull(value(0, "squeezed"));
        assertNull(value(0, "backlog_dropped_per_second"));
        assertNull(value(0, "rx_delay_p99_ns"));
        assertEquals("The tracer is not there.", value(0, "softirqs_missing"));
        analyzer.setSoftirqs(new FakeSoftirqs(true));
        assertEquals("Off. Turn it on.", value(0, "softirqs_missing"));
        analyzer.setSoftirqs(new FakeSoftirqs(false));
        assertNull(value(0, "softirqs_missing"));
        assertEquals(0L, value(0, "rx_runs"));
    }

    @Test
    void shouldKnowTheCpusOfThisMachine() {
        assertTrue(OnlineCpus.ofThisMachine().contains(0));
    }
}
