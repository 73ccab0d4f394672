// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.TcpSource;
import org.junit.jupiter.api.Test;

class FlowTcpTest {
    private static final String CLIENT = "10.0.0.9";
    private static final String SERVER = "10.0.0.1";
    private static final int FIN_ACK = 0x11;

    private final FlowTracker tracker = new FlowTracker(new CollectingWriter(), Settings.DEFAULT);
    private final InterfaceNames names = new InterfaceNames();
    private final FlowReport report = new FlowReport(tracker, names);
    private final List<TcpSource.Connection> open = new ArrayList<>();
    private final List<TcpSource.Connection> closed = new ArrayList<>();

    private final TcpSource source = new TcpSource() {
        @Override
        public void read(Consumer<Connection> visitor) {
            open.forEach(visitor);
        }

        @Override
        public long closed(long since, Consumer<Connection> visitor) {
            closed.subList((int) since, closed.size()).forEach(visitor);
            return closed.size();
        }

        @Override
        public long lost() {
            return 0;
        }
    };

    FlowTcpTest() {
        tracker.tcp().source(source);
    }

    private static TcpSource.Connection socket(
            long cookie, String namespace, boolean atClient, String state, long retransmits) {
        return new TcpSource.Connection(
                cookie,
                namespace,
                atClient ? CLIENT : SERVER,
                atClient ? 40_000 : 80,
                atClient ? SERVER : CLIENT,
                atClient ? 80 : 40_000,
                state,
                atClient,
                atClient ? 340 : 120,
                1,
                new TcpSource.Path(340, 20, 300, 10, 10, "open", 1448),
                new TcpSource.Retransmits(retransmits, 0, 0, 0, 0, 0, 0),
                new TcpSource.Troubles(3, 4, 5, 6, 7, 8, 0),
                new TcpSource.Traffic(0, 0, 0, 0, 0, 0, -1));
    }

    private void scan(double second, TestChange... changes) {
        tracker.beginScan(TestChange.ns(second));
        for (TestChange change : changes) {
            tracker.merge(change);
        }
        tracker.endScan();
        tracker.tcp().takeClosed(names);
    }

    private static TestChange syn(double second) {
        return TestChange.of(6, CLIENT, 40_000, SERVER, 80).at(second, second).flags(2, 2);
    }

    private static TestChange end(boolean fromClient, double second) {
        TestChange change = fromClient
                ? TestChange.of(6, CLIENT, 40_000, SERVER, 80)
                : TestChange.of(6, SERVER, 80, CLIENT, 40_000);
        return change.at(second, second).flags(FIN_ACK, FIN_ACK);
    }

    private Object first(String column) throws Exception {
        Report rows = report.report(Query.first(1));
        return rows.rows().get(0)[rows.indexOf(column)];
    }

    @Test
    void shouldTellWhatTheSocketOfOneEndKnows() throws Exception {
        open.add(socket(1, "", true, "established", 2));
        scan(100, syn(100));
        assertEquals("kernel", first("tcp_source"));
        assertEquals(340L, first("handshake_us"));
        assertEquals(2L, first("retransmitted_fwd"));
        assertNull(first("retransmitted_rev"), "the other end's kernel alone knows");
        assertNull(first("out_of_order_fwd"));
        assertEquals(3L, first("out_of_order_rev"));
        assertEquals(4L, first("duplicates_fwd"));
        assertEquals(5L, first("zero_windows_fwd"));
        assertEquals(6L, first("zero_windows_rev"));
        assertEquals(7L, first("resets_fwd"));
        assertEquals(8L, first("resets_rev"));
        assertNull(first("window_scale_fwd"));
    }

    @Test
    void shouldTellWhatBothEndsKnow() throws Exception {
        open.add(socket(1, "", true, "established", 2));
        open.add(socket(2, "right", false, "established", 9));
        scan(100, syn(100));
        assertEquals(2L, first("retransmitted_fwd"));
        assertEquals(9L, first("retransmitted_rev"));
        assertEquals(3L, first("out_of_order_fwd"));
        assertEquals(340L, first("handshake_us"), "that of who connected");
    }

    @Test
    void shouldNotChooseBetweenNamespaces() throws Exception {
        open.add(socket(1, "red", true, "established", 2));
        open.add(socket(2, "blue", true, "established", 9));
        scan(100, syn(100));
        assertNull(first("tcp_source"));
        assertNull(first("retransmitted_fwd"));
    }

    @Test
    void shouldStayWithAnEndedFlow() throws Exception {
        scan(100, syn(100));
        closed.add(socket(1, "", true, "closed", 2));
        scan(101, end(true, 101), end(false, 101));
        scan(110);
        assertEquals("ended", first("state"));
        assertEquals("kernel", first("tcp_source"));
        assertEquals(2L, first("retransmitted_fwd"));
    }

    @Test
    void shouldFindTheFlowOfASocketThatWasClosedBeforeOrAfterIt() throws Exception {
        closed.add(socket(1, "", true, "closed", 2));
        scan(100);
        scan(101, syn(100), end(true, 101), end(false, 101));
        assertEquals(2L, first("retransmitted_fwd"));
        scan(110);
        closed.add(socket(2, "", false, "closed", 9));
        scan(111);
        assertEquals(9L, first("retransmitted_rev"));
    }

    @Test
    void shouldGoOnInTheNextRecord() throws Exception {
        closed.add(socket(1, "", true, "closed", 2));
        for (int second = 100; second <= 170; second += 5) {
            scan(second, syn(second));
        }
        Report rows = report.report(Query.first(2));
        assertEquals(2, rows.total());
        assertEquals(2L, rows.rows().get(0)[rows.indexOf("retransmitted_fwd")]);
        assertEquals(2L, rows.rows().get(1)[rows.indexOf("retransmitted_fwd")]);
    }

    @Test
    void shouldSortAndGroup() throws Exception {
        open.add(socket(1, "", true, "established", 2));
        scan(100, syn(100), TestChange.of(17, CLIENT, 5, SERVER, 53).at(100, 100));
        Report rows = report.report(Query.first(2).withSort("-retransmitted_fwd"));
        assertEquals(2L, rows.rows().get(0)[rows.indexOf("retransmitted_fwd")]);
        assertNull(rows.rows().get(1)[rows.indexOf("retransmitted_fwd")]);
        assertEquals(2, report.report(Query.first(9).withBy("tcp_source")).total());
    }
}
