// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jopil.api.event.Addresses;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.AddressFacts;
import org.jopil.api.source.AddressFacts.Facts;
import org.junit.jupiter.api.Test;

/** Sorting, paging and grouping in the columns against the same done with objects. */
class FlowReportTest {
    private static final int FLOWS = 3000;

    private final FlowTracker tracker = new FlowTracker(new CollectingWriter(), Settings.DEFAULT);
    private final FlowReport report = new FlowReport(tracker, new InterfaceNames());

    private void fill() {
        Random random = new Random(7);
        tracker.beginScan(TestChange.ns(1000));
        for (int n = 0; n < FLOWS; n++) {
            TestChange change = TestChange.of(
                    random.nextBoolean() ? 6 : 17,
                    random.nextInt(4) == 0 ? "fe80::" + (1 + n % 50) : "192.168.7." + n % 100,
                    n,
                    "10.0.0.1",
                    443);
            change.at(900 + n / 100.0, 980 + random.nextInt(100) / 10.0);
            tracker.merge(change.counts(1 + random.nextInt(20), 100 + random.nextInt(5000)));
        }
        tracker.endScan();
        // a part ends
        tracker.beginScan(TestChange.ns(1000));
        tracker.endScan();
    }

    private List<Object[]> all() throws Exception {
        return report.report(Query.first(Integer.MAX_VALUE)).rows();
    }

    @Test
    void shouldSortEveryColumnInBothDirections() throws Exception {
        fill();
        Report first = report.report(Query.first(1));
        int id = first.indexOf("id");
        for (String name :
                List.of("bytes", "packets_fwd", "last_seen", "duration_ms", "src_port", "end_reason", "id")) {
            int column = first.indexOf(name);
            for (boolean descending : List.of(true, false)) {
                Comparator<Object> values =
                        (a, b) -> a instanceof Long x ? x.compareTo((Long) b) : ((String) a).compareTo((String) b);
                List<Object[]> expected = new ArrayList<>(all());
                expected.sort(Comparator.<Object[], Object>comparing(
                                row -> row[column], Comparator.nullsLast(descending ? values.reversed() : values))
                        .thenComparing(row -> -(Long) row[id]));
                List<Object[]> got = report.report(Query.first(200)
                                .withSort((descending ? "-" : "") + name)
                                .withOffset(50))
                        .rows();
                assertEquals(200, got.size());
                for (int n = 0; n < got.size(); n++) {
                    assertEquals(expected.get(50 + n)[id], got.get(n)[id], name + " " + descending + " row " + n);
                }
            }
        }
    }

    @Test
    void shouldSortAddressesByTheirBits() throws Exception {
        fill();
        Report sorted = report.report(Query.first(FLOWS).withSort("src_ip"));
        long[] before = {Long.MIN_VALUE, Long.MIN_VALUE};
        for (Object[] row : sorted.rows()) {
            long[] address =
                    Addresses.parse((String) row[sorted.indexOf("src_ip")]).orElseThrow();
            int order = Long.compareUnsigned(before[0], address[0]);
            assertEquals(
                    true,
                    before[0] == Long.MIN_VALUE
                            || order < 0
                            || order == 0 && Long.compareUnsigned(before[1], address[1]) <= 0);
            before = address;
        }
    }

    @Test
    void shouldGroupByAnyKeyWithoutLosingAByte() throws Exception {
        fill();
        List<Object[]> all = all();
        Report first = report.report(Query.first(1));
        long bytes = all.stream()
                .mapToLong(row -> (Long) row[first.indexOf("bytes")])
                .sum();
        for (String by : List.of(
                "src_ip",
                "dst_ip",
                "src_port",
                "protocol",
                "interface",
                "state",
                "end_reason",
                "tcp_flags",
                "community_id",
                "ip_version",
                "vlan",
                "fragment",
                "partial",
                "namespace")) {
            Report groups = report.report(Query.first(Integer.MAX_VALUE).withBy(by));
            assertEquals(
                    all.stream()
                            .map(row -> String.valueOf(row[first.indexOf(by)]))
                            .distinct()
                            .count(),
                    groups.total(),
                    by);
            assertEquals(
                    bytes,
                    groups.rows().stream().mapToLong(row -> (Long) row[3]).sum(),
                    by);
            assertEquals(
                    all.size(),
                    groups.rows().stream().mapToLong(row -> (Long) row[1]).sum(),
                    by);
        }
    }

    @Test
    void shouldRespectTheWindow() throws Exception {
        fill();
        Report windowed =
                report.report(Query.first(Integer.MAX_VALUE).withWindow(TestChange.ns(985), TestChange.ns(905)));
        Report first = report.report(Query.first(1));
        long expected = all().stream()
                .filter(row -> (Long) row[first.indexOf("last_seen")] >= TestChange.ns(985)
                        && (Long) row[first.indexOf("first_seen")] <= TestChange.ns(905))
                .count();
        assertEquals(expected, windowed.total());
        assertEquals(FLOWS, windowed.unfiltered());
    }

    @Test
    void shouldTellWhereTheEndsAreAndForgetItWithTheDatabases() throws Exception {
        fill();
        Facts here = new Facts("DE", 64_496, "Example");
        long[] server = Addresses.parse("10.0.0.1").orElseThrow();
        AddressFacts databases = (hi, lo) -> hi == server[0] && lo == server[1] ? here : Facts.NONE;
        tracker.places().source(databases);
        Report first = report.report(Query.first(FLOWS));
        for (Object[] row : first.rows()) {
            boolean opened = row[first.indexOf("src_ip")].equals("10.0.0.1");
            assertEquals(opened ? "DE" : null, row[first.indexOf("src_country")]);
            assertEquals(opened ? null : "DE", row[first.indexOf("dst_country")]);
            assertEquals(opened ? null : 64_496L, row[first.indexOf("dst_as")]);
            assertEquals(opened ? null : "Example", row[first.indexOf("dst_as_name")]);
        }
        long expected = first.rows().stream()
                .filter(row -> row[first.indexOf("dst_ip")].equals("10.0.0.1"))
                .count();
        for (String by : List.of("dst_country", "dst_as", "dst_as_name")) {
            Report groups = report.report(Query.first(10).withBy(by));
            Object key = first.rows().stream()
                    .map(row -> row[first.indexOf(by)])
                    .filter(value -> value != null)
                    .findFirst()
                    .orElseThrow();
            assertEquals(
                    expected,
                    groups.rows().stream()
                            .filter(row -> key.equals(row[0]))
                            .mapToLong(row -> (Long) row[1])
                            .sum(),
                    by);
        }
        tracker.places().gone(databases);
        Report without = report.report(Query.first(1));
        assertEquals(null, without.rows().get(0)[without.indexOf("dst_country")]);
        assertEquals(1, report.report(Query.first(10).withBy("dst_as")).total());
    }
}
