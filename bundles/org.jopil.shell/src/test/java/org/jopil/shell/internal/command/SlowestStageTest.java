// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;

class SlowestStageTest {
    private static Report report(Object[]... rows) {
        Report.Builder report = Report.of(
                Column.column("stage", Type.TEXT, "stage"),
                Column.column("interface", Type.TEXT, "interface"),
                Column.column("process", Type.TEXT, "process"),
                Column.column("p50_ns", Type.NANOSECONDS, "half"),
                Column.column("p99_ns", Type.NANOSECONDS, "nearly all"));
        for (Object[] row : rows) {
            report.row(row);
        }
        return report.build();
    }

    private static Object[] row(String stage, String device, String process, long p50Ns, long p99Ns) {
        return new Object[] {stage, device, process, p50Ns, p99Ns};
    }

    @Test
    void shouldNameTheProcessThatReadsLate() {
        assertEquals(
                "Half of the packets to orders[812] waited about 48.0 ms or longer to be read.",
                SlowestStage.sentence(report(
                        row("qdisc", "eth0", null, 900, 2_000_000),
                        row("socket_queue", "eth0", "cart[813]", 3000, 60_000_000),
                        row("socket_queue", "eth0", "orders[812]", 48_000_000, 51_000_000),
                        row("receive_total", "eth0", "orders[812]", 49_000_000, 52_000_000))));
    }

    @Test
    void shouldTellTheRareFromTheUsual() {
        assertEquals(
                "1 in 100 packets waited about 2.00 ms or longer in the queueing discipline of eth0.",
                SlowestStage.sentence(report(row("qdisc", "eth0", null, 900, 2_000_000))));
    }

    @Test
    void shouldCallNothingSlowThatIsNot() {
        assertEquals(
                "Nothing is slow: 99 of 100 packets take at most 340 µs for any stage.",
                SlowestStage.sentence(
                        report(row("transport", null, null, 900, 340_000), row("receive_total", null, null, 1, 2))));
        assertEquals("No followed packet was measured in this time.", SlowestStage.sentence(report()));
    }
}
