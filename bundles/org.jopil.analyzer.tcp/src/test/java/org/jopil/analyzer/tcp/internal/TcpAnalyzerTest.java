// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.tcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.Owners;
import org.jopil.api.source.TcpSource;
import org.junit.jupiter.api.Test;

class TcpAnalyzerTest {
    private static final TcpSource.Connection WEB = new TcpSource.Connection(
            7,
            "web",
            "10.0.0.1",
            443,
            "10.0.0.9",
            50_000,
            "established",
            false,
            120,
            1_000_000_000L,
            new TcpSource.Path(340, 20, 300, 10, Integer.MAX_VALUE, "open", 1448),
            new TcpSource.Retransmits(6, 1, 2, 3, 4, 5, 0),
            new TcpSource.Troubles(8, 9, 10, 11, 12, 13, 14),
            new TcpSource.Traffic(1000, 2000, 30, 40, 50, 60, -1));

    private static final TcpSource.Connection LISTENER = new TcpSource.Connection(
            8,
            "",
            "::",
            80,
            "::",
            0,
            "listen",
            null,
            -1,
            1_000_000_000L,
            new TcpSource.Path(0, 250_000, -1, 10, Integer.MAX_VALUE, "open", 536),
            new TcpSource.Retransmits(0, 0, 0, 0, 0, 0, 0),
            new TcpSource.Troubles(0, 0, 0, 0, 0, 0, -1),
            new TcpSource.Traffic(0, 0, 0, 0, 0, 3, 5));

    private static final TcpSource SOURCE = new TcpSource() {
        @Override
        public void read(Consumer<Connection> visitor) {
            visitor.accept(LISTENER);
            visitor.accept(WEB);
        }

        @Override
        public long closed(long since, Consumer<Connection> visitor) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long lost() {
            return 2;
        }
    };

    private static final Owners OWNERS =
            cookie -> cookie == 7 ? Optional.of(new Owners.Owner(812, "nginx", 33, 1)) : Optional.empty();

    private static Map<String, Object> row(Report report, int index) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < report.columns().size(); i++) {
            row.put(report.columns().get(i).name(), report.rows().get(index)[i]);
        }
        return row;
    }

    @Test
    void shouldPutEveryValueUnderItsName() throws Exception {
        Report report = new TcpAnalyzer(SOURCE, OWNERS).report(Query.first(10));
        Map<String, Object> web = row(report, 0);
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("local_port", 443L);
        wanted.put("process", "nginx[812]");
        wanted.put("pid", 812L);
        wanted.put("uid", 33L);
        wanted.put("namespace", "web");
        wanted.put("opened_by", "peer");
        wanted.put("handshake_us", 120L);
        wanted.put("srtt_us", 340L);
        wanted.put("rttvar_us", 20L);
        wanted.put("min_rtt_us", 300L);
        wanted.put("retransmits", 6L);
        wanted.put("retransmits_timeout", 1L);
        wanted.put("retransmits_fast", 2L);
        wanted.put("retransmits_probe", 3L);
        wanted.put("retransmits_syn", 4L);
        wanted.put("retransmits_syn_ack", 5L);
        wanted.put("out_of_order", 8L);
        wanted.put("duplicates", 9L);
        wanted.put("zero_windows", 21L);
        wanted.put("zero_windows_sent", 10L);
        wanted.put("resets", 25L);
        wanted.put("resets_sent", 12L);
        wanted.put("drops", 14L);
        wanted.put("cwnd", 10L);
        wanted.put("ssthresh", null);
        wanted.put("mss", 1448L);
        wanted.put("bytes_acked", 1000L);
        wanted.put("segments_in", 40L);
        wanted.put("send_queue", 50L);
        wanted.put("receive_queue", 60L);
        wanted.put("accept_limit", null);
        wanted.forEach((name, value) -> assertEquals(value, web.get(name), name));
        assertEquals(2, report.lost());
    }

    @Test
    void shouldLeaveOpenWhatNobodyMeasured() throws Exception {
        Map<String, Object> listener = row(new TcpAnalyzer(SOURCE, OWNERS).report(Query.first(10)), 1);
        assertEquals("listen", listener.get("state"));
        for (String unknown : List.of(
                "process", "namespace", "opened_by", "handshake_us", "srtt_us", "min_rtt_us", "cwnd", "mss", "drops")) {
            assertEquals(null, listener.get(unknown), unknown);
        }
        assertEquals(3L, listener.get("receive_queue"));
        assertEquals(5L, listener.get("accept_limit"));
    }
}
