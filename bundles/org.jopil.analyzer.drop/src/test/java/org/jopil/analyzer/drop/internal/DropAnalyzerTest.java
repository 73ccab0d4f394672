// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.DropSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DropAnalyzerTest {
    private static final DropSource.Place CLOSED =
            new DropSource.Place("NO_SOCKET", "__udp4_lib_rcv", 1212, "", "web/eth0", "web");
    private static final DropSource.Place UNKNOWN = new DropSource.Place("REASON_400", "", 0, "", "", "");

    private final Map<DropSource.Place, long[]> kernel = new LinkedHashMap<>();
    private boolean refused;

    @TempDir
    private Path etc;

    private final DropSource source = new DropSource() {
        @Override
        public void read(Visitor visitor) {
            if (refused) {
                throw new JopilException("JOPIL-110", 503, "No BTF", "Install another kernel.");
            }
            kernel.forEach((place, count) -> visitor.place(place, count[0], count[1]));
        }

        @Override
        public long missed() {
            return 3;
        }
    };

    private Path file() {
        return etc.resolve("org.jopil.analyzer.drop.tsv");
    }

    private static Object value(Report report, int row, String column) {
        return report.rows().get(row)[report.indexOf(column)];
    }

    @Test
    void shouldTellWhereWhyAndWhatToDo() throws Exception {
        DropAnalyzer analyzer = new DropAnalyzer(source, file());
        kernel.put(UNKNOWN, new long[] {1, 60});
        kernel.put(CLOSED, new long[] {500, 71_000});
        analyzer.poll(1_000_000_000L);
        kernel.put(CLOSED, new long[] {520, 73_840});
        analyzer.poll(3_000_000_000L);
        kernel.put(CLOSED, new long[] {521, 73_982});

        Report report = analyzer.report(Query.first(10));

        assertEquals(2, report.rows().size());
        assertEquals("NO_SOCKET", value(report, 0, "reason"));
        assertEquals(521L, value(report, 0, "packets"), "as of now");
        assertEquals(73_982L, value(report, 0, "bytes"));
        assertEquals(10.0, value(report, 0, "packets_per_second"), "20 in the two seconds of the looks");
        assertEquals("transport", value(report, 0, "stage"));
        assertEquals("udp-port-closed", value(report, 0, "advice_id"));
        assertEquals("Nobody listens on this UDP port.", value(report, 0, "advice"));
        assertEquals("ip netns exec web ss -lunp", value(report, 0, "command"));
        for (String column :
                new String[] {"symbol", "offset", "stage", "hook", "interface", "namespace", "advice", "command"}) {
            assertNull(value(report, 1, column), column);
        }
        assertEquals(3, report.lost());
    }

    @Test
    void shouldLetTheUsersRulesGoFirstAndFollowTheirFile() throws IOException {
        DropRules rules = new DropRules(file());
        assertEquals("udp-port-closed", advice(rules));

        write("# ours\nno-syslog\tNO_SOCKET\t__udp4_*|udpv6_*\t\t*\tSyslog is down.\tsystemctl status syslog\n", 1);
        rules.reread();
        assertEquals("no-syslog", advice(rules));
        assertEquals("transport", rules.of(CLOSED).stage(), "theirs says nothing of it");
        assertEquals(
                "tcp-port-closed",
                rules.of(place("NO_SOCKET", "tcp_v4_rcv", "")).advice().id());

        write("half\ta line\nall\t*\t*\tsomewhere\t*\tSomething.\t\n", 2);
        rules.reread();
        assertEquals("all", advice(rules), "a line that is wrong is left out, the others hold");
        assertEquals("somewhere", rules.of(CLOSED).stage());

        Files.delete(file());
        rules.reread();
        assertEquals("udp-port-closed", advice(rules));
    }

    private static String advice(DropRules rules) {
        return rules.of(CLOSED).advice().id();
    }

    private void write(String text, int second) throws IOException {
        Files.writeString(file(), text);
        Files.setLastModifiedTime(file(), FileTime.from(second, TimeUnit.SECONDS));
    }

    private static DropSource.Place place(String reason, String symbol, String hook) {
        return new DropSource.Place(reason, symbol, 1, hook, "eth0", "");
    }

    @Test
    void shouldTellDropsFromWhatTheKernelIsDoneWith() throws Exception {
        kernel.put(CLOSED, new long[] {5, 500});
        kernel.put(place("QUEUE_PURGE", "sk_stream_kill_queues", ""), new long[] {7, 700});
        Report drops = new DropAnalyzer(source, file()).report(Query.first(10));
        Report normal = new NormalFrees(source, file()).report(Query.first(10));
        assertEquals(1, drops.rows().size());
        assertEquals(1, normal.rows().size());
        assertEquals("normal-tcp-fin", value(normal, 0, "advice_id"));
        assertEquals(7L, value(normal, 0, "packets"));
    }

    @Test
    void shouldAdviseByTheNetfilterHook() {
        DropRules rules = new DropRules(file());
        for (String hook : new String[] {"prerouting", "input", "forward", "output", "postrouting"}) {
            DropRules.Verdict verdict = rules.of(place("NETFILTER_DROP", "nft_do_chain", hook));
            assertEquals("netfilter-" + hook, verdict.advice().id());
            assertEquals("netfilter", verdict.stage());
        }
        assertEquals(
                "netfilter",
                rules.of(place("NETFILTER_DROP", "nft_do_chain", "")).advice().id());
    }

    @Test
    void shouldSayWhyItKnowsNothing() {
        DropAnalyzer analyzer = new DropAnalyzer(source, file());
        refused = true;
        analyzer.poll();
        JopilException told = assertThrows(JopilException.class, () -> analyzer.report(Query.first(1)));
        assertEquals("JOPIL-110", told.code());
    }
}
