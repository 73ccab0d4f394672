// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.bus.FlowColumns;
import org.jopil.bus.FlowWriter;
import org.junit.jupiter.api.Test;

class FlowTrackerAllocationTest {
    private static final int FLOWS = 100_000;
    private static final long T0 = 1_000_000 * TestChange.SECOND;

    private final FlowWriter nowhere = new FlowWriter() {
        private final FlowColumns columns = new FlowColumns();

        @Override
        public FlowColumns columns() {
            return columns;
        }

        @Override
        public void publish() {
            columns.size = 0;
        }
    };
    private final FlowTracker tracker = new FlowTracker(nowhere, Settings.of(15, 60, 2, 900, 20_000, 500_000, 500_000));
    private final TestChange change = TestChange.of(17, "10.0.0.1", 0, "10.0.0.2", 443);
    private long now = T0;

    private void scan(int firstFlow) {
        now += TestChange.SECOND;
        tracker.beginScan(now);
        for (int n = 0; n < FLOWS; n++) {
            int flow = firstFlow + n;
            change.srcLo = org.jopil.api.event.Addresses.mapped(0x0A00_0000 | flow >>> 8);
            change.srcPort = 1024 + (flow & 255);
            change.firstNs = now - TestChange.SECOND / 2;
            change.lastNs = now - TestChange.SECOND / 4;
            change.packets = 3;
            change.bytes = 300L + flow % 1000;
            tracker.merge(change);
        }
        tracker.endScan();
    }

    @Test
    void shouldAllocateNothingPerFlowAfterWarmUp() {
        for (int n = 0; n < 40; n++) {
            scan(n * FLOWS / 4); // some go on, some are new, some end: the tables reach their size
        }
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        threads.getThreadAllocatedBytes(id);
        long before = threads.getThreadAllocatedBytes(id);
        long start = System.nanoTime();
        int scans = 20;
        for (int n = 40; n < 40 + scans; n++) {
            scan(n * FLOWS / 4);
        }
        long ns = System.nanoTime() - start;
        long allocated = threads.getThreadAllocatedBytes(id) - before;
        System.out.printf(
                "flows: %.0f ns per change merged, told and expired, %d bytes in %,d changes, %,d live%n",
                (double) ns / scans / FLOWS,
                allocated,
                scans * FLOWS,
                tracker.live().size());
        assertEquals(0, allocated);
    }

    @Test
    void shouldReportOnAHundredThousandFlows() throws Exception {
        scan(0);
        FlowReport report = new FlowReport(tracker, new InterfaceNames());
        Filter filter = new Filter() {
            @Override
            public String text() {
                return "bytes > 500 and src_port < 1200";
            }

            @Override
            public RowPredicate bind(Schema schema) {
                int bytes = schema.indexOf("bytes");
                int port = schema.indexOf("src_port");
                return row -> row.number(bytes) > 500 && row.has(port) && row.number(port) < 1200;
            }
        };
        Query query = Query.first(200).withSort("-bytes");
        report(report, "sort by bytes, limit 200", query, 100_000);
        report(report, "sort by address, limit 200", query.withSort("src_ip"), 100_000);
        report(report, "filter, sort, limit 200", query.withFilter(filter), 54_900);
        report(report, "by src_ip", query.withSort("-packets").withBy("src_ip"), 391);
        report(report, "by protocol", query.withBy("protocol"), 1);
        report(report, "count alone", Query.first(0), 100_000);
    }

    /** Tells the time, and asserts none: what a report takes is nothing that a busy machine keeps. */
    private static void report(FlowReport report, String what, Query query, long rows) throws Exception {
        long best = Long.MAX_VALUE;
        Report answer = null;
        for (int n = 0; n < 20; n++) {
            long start = System.nanoTime();
            answer = report.report(query);
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.printf(
                "flows: %-28s %6.2f ms, %,d of %,d rows match%n",
                what, best / 1e6, answer.total(), answer.unfiltered());
        assertEquals(rows, answer.total(), what);
    }
}
