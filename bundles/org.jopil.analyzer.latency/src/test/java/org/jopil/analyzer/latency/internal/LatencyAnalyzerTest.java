// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.latency.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jopil.api.JopilException;
import org.jopil.api.event.Stage;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.LatencySource;
import org.jopil.filter.internal.FilterLanguage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LatencyAnalyzerTest {
    private static final long SECOND_NS = 1_000_000_000;
    private static final long START_NS = 1_700_000_000 * SECOND_NS / 60 * 60;
    private static final LatencySource.Key ORDERS =
            new LatencySource.Key(Stage.SOCKET_QUEUE, "eth0", "", 812, "orders", 8080, 6);
    private static final LatencySource.Key CART =
            new LatencySource.Key(Stage.SOCKET_QUEUE, "eth0", "", 813, "cart", 8081, 6);
    private static final LatencySource.Key QDISC = new LatencySource.Key(Stage.QDISC, "shop/va", "shop", 0, "", 0, 17);

    /** The kernel's half. */
    private static final class Kernel implements LatencySource {
        private static final class Cell {
            final int id;
            final int[] buckets = new int[BUCKETS];
            long count;
            long maxNs;
            long recentMaxNs;

            Cell(int id) {
                this.id = id;
            }
        }

        final Map<Key, Cell> cells = new LinkedHashMap<>();
        private int ids;

        void measured(Key key, long... times) {
            Cell cell = cells.computeIfAbsent(key, k -> new Cell(ids++));
            for (long ns : times) {
                int bucket = BUCKETS - 1;
                while (LatencySource.lowerNs(bucket) > ns) {
                    bucket--;
                }
                cell.buckets[bucket]++;
                cell.count++;
                cell.maxNs = Math.max(cell.maxNs, ns);
                cell.recentMaxNs = Math.max(cell.recentMaxNs, ns);
            }
        }

        @Override
        public void read(Consumer<Histogram> visitor) {
            cells.forEach((key, cell) -> {
                visitor.accept(new Histogram(cell.id, key, cell.count, 0, cell.maxNs, cell.recentMaxNs, cell.buckets));
                cell.recentMaxNs = 0;
            });
        }

        @Override
        public int followOneIn() {
            return 64;
        }

        @Override
        public Map<Stage, String> missing() {
            return Map.of();
        }

        @Override
        public Book book() {
            throw new UnsupportedOperationException();
        }
    }

    private final Kernel kernel = new Kernel();
    private final LatencyAnalyzer analyzer = new LatencyAnalyzer(kernel);
    private long nowNs = START_NS;

    @BeforeEach
    void look() {
        analyzer.poll(nowNs);
    }

    private void measured(LatencySource.Key key, long... times) {
        kernel.measured(key, times);
        nowNs += 2 * SECOND_NS;
        analyzer.poll(nowNs);
    }

    private static Query filter(String text) throws FilterException {
        return Query.first(100).withFilter(new FilterLanguage().parse(text));
    }

    private static Object value(Report report, int row, String column) {
        return report.rows().get(row)[report.indexOf(column)];
    }

    @Test
    void shouldEqualThePercentilesOfTheTimesWithinABucket() throws FilterException {
        Random random = new Random(1);
        long[] times = random.longs(5000, 100, 90_000_000)
                .map(ns -> ns / (1 + ns % 1000))
                .toArray();
        for (int at = 0; at < times.length; at += 500) {
            measured(ORDERS, Arrays.copyOfRange(times, at, at + 500));
        }
        Arrays.sort(times);
        Report report = analyzer.report(Query.first(10));
        assertTrue(report.isSampled());
        assertEquals(5000L, value(report, 0, "count"));
        for (int percent : new int[] {50, 95, 99}) {
            long exact = times[times.length * percent / 100 - 1];
            long told = (Long) value(report, 0, "p" + percent + "_ns");
            assertTrue(told >= exact && told <= exact + exact / 16 + 1, percent + ": " + exact + ", told " + told);
        }
        assertEquals(times[times.length - 1], value(report, 0, "max_ns"));
        assertEquals("orders[812]", value(report, 0, "process"));
        assertEquals("sk_data_ready", value(report, 0, "from_hook"));
        assertEquals("receive", value(report, 0, "direction"));
    }

    @Test
    void shouldAddUpWhatIsAskedForAndFilterBefore() throws FilterException {
        measured(ORDERS, 50_000_000, 51_000_000);
        measured(CART, 3000);
        measured(QDISC, 700);

        Report report = analyzer.report(Query.first(10));
        assertEquals(List.of("socket_queue", "qdisc"), List.of(value(report, 0, "stage"), value(report, 1, "stage")));
        assertEquals(3L, value(report, 0, "count"));
        assertNull(value(report, 0, "process"));
        assertNull(value(report, 0, "pid"));
        assertEquals("eth0", value(report, 0, "interface"));
        assertNull(value(report, 0, "namespace"));
        assertEquals("shop", value(report, 1, "namespace"));
        assertEquals(51_000_000L, value(report, 0, "max_ns"));
        assertEquals(
                List.of(Map.of("lower_ns", LatencySource.lowerNs(16 * 6 + 5), "count", 1L)),
                value(report, 1, "histogram"));

        Report processes = analyzer.report(Query.first(10).withBy("process"));
        assertEquals(3, processes.rows().size());
        assertEquals("orders[812]", value(processes, 0, "process"));
        assertEquals("cart[813]", value(processes, 1, "process"));
        assertEquals(3000L, value(processes, 1, "p99_ns"));

        Report cart = analyzer.report(filter("stage == socket_queue and port == 8081"));
        assertEquals(1, cart.rows().size());
        assertEquals(3000L, value(cart, 0, "p50_ns"));
        Report slow = analyzer.report(filter("p99_ns > 1ms"));
        assertEquals(1, slow.rows().size());
        assertEquals("socket_queue", value(slow, 0, "stage"));
        JopilException wrong = assertThrows(
                JopilException.class, () -> analyzer.report(Query.first(1).withBy("src_ip")));
        assertEquals("JOPIL-134", wrong.code());
    }

    @Test
    void shouldKnowWhatWasWhen() throws FilterException {
        measured(ORDERS, 40_000_000);
        long secondsLater = nowNs;
        measured(ORDERS, 1000);
        Report later = analyzer.report(Query.first(1).withWindow(secondsLater, Long.MAX_VALUE));
        assertEquals(1L, value(later, 0, "count"));
        assertEquals(1000L, value(later, 0, "max_ns"), "of that time, not of all");
        assertEquals(nowNs, value(later, 0, "until"));

        Report steps = analyzer.report(Query.first(100).withBy("time"));
        assertEquals(1, steps.rows().size(), "of six seconds");
        assertEquals(2L, value(steps, 0, "count"));
        assertEquals(6 * SECOND_NS, (Long) value(steps, 0, "until") - (Long) value(steps, 0, "since"));
        assertEquals(
                2,
                analyzer.report(Query.first(100).withBy("time").withWindow(nowNs - 10 * SECOND_NS, nowNs))
                        .rows()
                        .size());

        nowNs += 120 * SECOND_NS;
        analyzer.poll(nowNs);
        assertEquals(2L, value(analyzer.report(Query.first(1)), 0, "count"), "nothing in the last minute");
    }

    @Test
    void shouldKeepADayAndForgetWhatWasBefore() throws FilterException {
        for (int i = 0; i < 25 * 1800; i++) {
            measured(ORDERS, 1000);
        }
        Report all = analyzer.report(Query.first(1).withWindow(0, nowNs));
        long count = (Long) value(all, 0, "count");
        assertTrue(count >= 24 * 1800 && count < 24 * 1800 + 60, "counted " + count);
        Report day = analyzer.report(Query.first(200).withBy("time").withWindow(nowNs - 3600 * SECOND_NS, nowNs));
        assertEquals(61, day.rows().size(), 1);
        assertEquals(30L, value(day, 30, "count"));
    }

    @Test
    void shouldFollowCountsThatRunOverAndKeysThatComeAndGo() throws FilterException {
        measured(ORDERS, 512);
        kernel.cells.get(ORDERS).buckets[16 * 6] = -1;
        measured(QDISC, 1);
        long before = nowNs;
        measured(ORDERS, 512, 512, 512);
        Report report = analyzer.report(Query.first(1).withWindow(before, nowNs));
        assertEquals(3L, value(report, 0, "count"));

        kernel.cells.remove(ORDERS);
        nowNs += 2 * SECOND_NS;
        analyzer.poll(nowNs);
        before = nowNs;
        measured(ORDERS, 1000);
        assertEquals(1L, value(analyzer.report(Query.first(1).withWindow(before, nowNs)), 0, "count"));
    }
}
