// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jopil.api.report.Report;
import org.jopil.web.render.Units;

/** Histograms of a report as bars: a line for each power of two of nanoseconds. */
final class Bars {
    private static final int WIDTH = 40;

    private Bars() {}

    static void print(Report report, PrintStream out) {
        for (Object[] row : report.rows()) {
            out.println();
            out.println(row[report.indexOf("stage")] + " (" + row[report.indexOf("direction")] + ")");
            print(powers((List<?>) row[report.indexOf("histogram")]), out);
        }
        out.println();
    }

    private static TreeMap<Long, Long> powers(List<?> histogram) {
        TreeMap<Long, Long> powers = new TreeMap<>();
        for (Object bucket : histogram) {
            Map<?, ?> cell = (Map<?, ?>) bucket;
            powers.merge(Long.highestOneBit((Long) cell.get("lower_ns")), (Long) cell.get("count"), Long::sum);
        }
        return powers;
    }

    private static void print(TreeMap<Long, Long> powers, PrintStream out) {
        if (powers.isEmpty()) {
            return;
        }
        long most = powers.values().stream().mapToLong(Long::longValue).max().orElseThrow();
        for (long power = powers.firstKey(); power <= powers.lastKey(); power = Math.max(1, power * 2)) {
            long count = powers.getOrDefault(power, 0L);
            int length = (int) ((count * WIDTH + most - 1) / most);
            out.printf(
                    Locale.ROOT, "  from %8s  %-" + WIDTH + "s %d%n", Units.duration(power), "█".repeat(length), count);
        }
    }
}
