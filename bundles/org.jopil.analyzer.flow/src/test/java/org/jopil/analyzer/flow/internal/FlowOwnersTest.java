// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.Owners;
import org.junit.jupiter.api.Test;

class FlowOwnersTest {
    private final FlowTracker tracker = new FlowTracker(new CollectingWriter(), Settings.DEFAULT);
    private final InterfaceNames names = new InterfaceNames();
    private final FlowReport report = new FlowReport(tracker, names);
    private final TestOwners owners = new TestOwners();

    /** By the source's port. */
    private static final class TestOwners implements Owners {
        private final Map<Integer, Owner> byPort = new HashMap<>();
        private int asked;

        @Override
        public Optional<Owner> of(long socketCookie) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<Owner> of(
                String namespace, int protocol, long srcHi, long srcLo, int srcPort, long dstHi, long dstLo, int dst) {
            assertEquals("", namespace);
            asked++;
            return Optional.ofNullable(byPort.get(srcPort));
        }
    }

    FlowOwnersTest() {
        tracker.owners().source(owners);
    }

    private void scan(double second, TestChange... changes) {
        tracker.beginScan(TestChange.ns(second));
        for (TestChange change : changes) {
            tracker.merge(change);
        }
        tracker.endScan();
        tracker.owners().ask(names, tracker.scanNs());
    }

    private static TestChange packet(int protocol, int srcPort, double second) {
        return TestChange.of(protocol, "10.0.0.1", srcPort, "10.0.0.2", 53).at(second, second);
    }

    private Object first(String column) throws Exception {
        Report rows = report.report(Query.first(1));
        return rows.rows().get(0)[rows.indexOf(column)];
    }

    @Test
    void shouldAskUntilItKnowsAndRememberToTheEnd() throws Exception {
        scan(100, packet(17, 5000, 100));
        assertNull(first("process"));
        assertNull(first("pid"));
        owners.byPort.put(5000, new Owners.Owner(812, "nginx", 33, 1));
        scan(101);
        assertEquals(2, owners.asked);
        assertEquals("nginx[812]", first("process"));
        owners.byPort.clear();
        scan(102, packet(17, 5000, 102));
        assertEquals(2, owners.asked);
        scan(200);
        assertEquals("ended", first("state"));
        assertEquals("nginx[812]", first("process"));
        assertEquals(812L, first("pid"));
        assertEquals(33L, first("uid"));
    }

    @Test
    void shouldNotAskForWhatIsQuietOrHasNoSocket() {
        scan(100, packet(17, 5000, 100), packet(1, 8, 100));
        assertEquals(1, owners.asked);
        scan(105);
        assertEquals(1, owners.asked);
        scan(106, packet(17, 5000, 106));
        assertEquals(2, owners.asked);
    }

    @Test
    void shouldKeepTheProcessOverTheActiveTimeOut() throws Exception {
        owners.byPort.put(5000, new Owners.Owner(812, "nginx", 33, 1));
        for (int second = 100; second <= 170; second += 5) {
            scan(second, packet(17, 5000, second));
        }
        assertEquals(1, owners.asked);
        Report rows = report.report(Query.first(2));
        assertEquals(2, rows.total());
        assertEquals(2L, rows.rows().get(0)[rows.indexOf("record")]);
        assertEquals("nginx[812]", rows.rows().get(0)[rows.indexOf("process")]);
    }

    @Test
    void shouldGroup() throws Exception {
        owners.byPort.put(5000, new Owners.Owner(812, "nginx", 33, 1));
        owners.byPort.put(5001, new Owners.Owner(812, "nginx", 33, 1));
        scan(100, packet(17, 5000, 100), packet(17, 5001, 100), packet(17, 5002, 100));
        Report groups = report.report(Query.first(10).withBy("process").withSort("-flows"));
        assertEquals(2, groups.total());
        assertEquals("nginx[812]", groups.rows().get(0)[0]);
        assertEquals(2L, groups.rows().get(0)[1]);
        assertNull(groups.rows().get(1)[0]);
    }

    @Test
    void shouldForgetProcessesWithoutFlows() throws Exception {
        FlowTracker small = new FlowTracker(new CollectingWriter(), Settings.of(15, 60, 2, 900, 100, 100_000, 100_000));
        small.owners().source(owners);
        int last = 0;
        for (int round = 0; round < 20; round++) {
            small.beginScan(TestChange.ns(100 + 100 * round));
            for (int n = 0; n < 500; n++) {
                last = 1 + 500 * round + n;
                owners.byPort.put(last, new Owners.Owner(last, "curl", 0, 1));
                small.merge(packet(17, last, 100 + 100 * round));
            }
            small.endScan();
            small.owners().ask(names, small.scanNs());
        }
        Report rows = new FlowReport(small, names).report(Query.first(1).withSort("-src_port"));
        assertEquals("curl[" + last + "]", rows.rows().get(0)[rows.indexOf("process")]);
        int highest = 0;
        for (int i = 0; i < small.live().size(); i++) {
            highest = Math.max(highest, small.live().records().owner(i));
        }
        assertTrue(highest < 3000, highest + " numbers given");
    }
}
