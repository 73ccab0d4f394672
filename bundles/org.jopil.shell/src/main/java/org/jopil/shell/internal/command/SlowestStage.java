// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.Comparator;
import java.util.List;
import org.jopil.api.report.Report;
import org.jopil.web.render.Units;

/** One sentence of what is slow, only as far as the report says so. */
final class SlowestStage {
    /** Less than this nobody notices. */
    private static final long SLOW_NS = 1_000_000;

    private SlowestStage() {}

    /** @param report latency by process */
    static String sentence(Report report) {
        List<Object[]> rows = report.rows().stream()
                .filter(row -> !text(report, row, "stage").endsWith("_total"))
                .toList();
        if (rows.isEmpty()) {
            return report.rows().isEmpty()
                    ? "No followed packet was measured in this time."
                    : "Only whole ways were measured, no single stage.";
        }
        Object[] half = slowest(report, rows, "p50_ns");
        if (ns(report, half, "p50_ns") >= SLOW_NS) {
            return "Half of the packets" + what(report, half, ns(report, half, "p50_ns"));
        }
        Object[] few = slowest(report, rows, "p99_ns");
        if (ns(report, few, "p99_ns") >= SLOW_NS) {
            return "1 in 100 packets" + what(report, few, ns(report, few, "p99_ns"));
        }
        return "Nothing is slow: 99 of 100 packets take at most " + Units.duration(ns(report, few, "p99_ns"))
                + " for any stage.";
    }

    private static Object[] slowest(Report report, List<Object[]> rows, String column) {
        return rows.stream()
                .max(Comparator.comparingLong(row -> ns(report, row, column)))
                .orElseThrow();
    }

    private static String what(Report report, Object[] row, long ns) {
        String time = "about " + Units.duration(ns) + " or longer";
        String process = text(report, row, "process");
        String to = process.isEmpty() ? " " : " to " + process + " ";
        String device = text(report, row, "interface");
        String end = device.isEmpty() ? "" : " of " + device;
        String stage = text(report, row, "stage");
        return to
                + switch (stage) {
                    case "socket_queue" -> "waited " + time + " to be read.";
                    case "copy" -> "took " + time + " to be copied.";
                    case "qdisc" -> "waited " + time + " in the queueing discipline" + end + ".";
                    case "driver" -> "waited " + time + " between the driver" + end + " and the stack.";
                    case "driver_tx" -> "took " + time + " in the driver" + end + ".";
                    case "netfilter" -> "took " + time + " in the rules of netfilter.";
                    case "transport" -> "took " + time + " from the stack's begin to their socket.";
                    case "send_stack" -> "waited " + time + " in TCP before they came to the queue" + end + ".";
                    default -> "took " + time + " in " + stage + ".";
                };
    }

    private static long ns(Report report, Object[] row, String column) {
        return (Long) row[report.indexOf(column)];
    }

    private static String text(Report report, Object[] row, String column) {
        Object value = row[report.indexOf(column)];
        return value == null ? "" : value.toString();
    }
}
