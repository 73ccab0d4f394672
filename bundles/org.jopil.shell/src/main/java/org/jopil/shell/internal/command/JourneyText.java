// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jopil.api.report.Column;
import org.jopil.api.report.Report;
import org.jopil.web.render.Units;

/** A journey for people: one line, or every hook with the time since the first. */
final class JourneyText {
    private final Report report;
    private final ZoneId zone;

    JourneyText(Report report, ZoneId zone) {
        this.report = report;
        this.zone = zone;
    }

    /** {@code 12:04:05.123  #4a1f 10.0.0.9:40532 > 10.0.0.2:8080 tcp SYN  shop/eth0  sentence}. */
    String line(Object[] row) {
        return time(row) + "  " + head(row) + "  " + text(row, "interface") + "  " + text(row, "sentence");
    }

    /** A headline, a line a hook, and the sentence. */
    List<String> timeline(Object[] row) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "journey " + head(row) + "  len " + text(row, "length") + "  " + time(row) + "  " + text(row, "kept"));
        List<List<String>> cells = new ArrayList<>();
        for (Object stage : (List<?>) value(row, "stages")) {
            cells.add(cells((Map<?, ?>) stage, cells.isEmpty()));
        }
        lines.addAll(aligned(cells));
        lines.add(text(row, "sentence"));
        if (value(row, "reply_of") != null) {
            lines.add("It answers journey " + text(row, "reply_of") + ".");
        }
        if (Boolean.FALSE.equals(value(row, "complete"))) {
            lines.add(
                    Boolean.FALSE.equals(value(row, "followed"))
                            ? "Only its end is known: one packet in so many is followed from the beginning."
                            : "Not complete: its end was not seen, or events were lost meanwhile.");
        }
        return lines;
    }

    private static List<String> cells(Map<?, ?> stage, boolean first) {
        long at = (Long) stage.get("at_ns");
        String length = duration(at);
        String took = stage.get("took_ns") instanceof Long ns ? " " + duration(ns) : "";
        return List.of(
                first ? "  " + pad(length) : "+ " + pad(length),
                safe(stage.get("hook")),
                safe(stage.get("interface")),
                "cpu " + stage.get("cpu"),
                safe(stage.get("process")),
                stage.get("stage") == null ? "" : stage.get("stage") + took,
                safe(stage.get("verdict")));
    }

    private static String pad(String duration) {
        return " ".repeat(Math.max(0, 8 - duration.length())) + duration;
    }

    private static List<String> aligned(List<List<String>> rows) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder("  ");
            for (int i = 0; i < columns; i++) {
                if (widths[i] > 0) {
                    line.append(row.get(i))
                            .append(" ".repeat(widths[i] - row.get(i).length() + 2));
                }
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private String head(Object[] row) {
        String flags = value(row, "tcp_flags") instanceof List<?> names && !names.isEmpty() ? " " + names : "";
        return "#" + text(row, "id") + " " + end(row, "src") + " > " + end(row, "dst") + " " + text(row, "protocol")
                + flags;
    }

    private String end(Object[] row, String side) {
        Object port = value(row, side + "_port");
        return text(row, side + "_ip") + (port == null ? "" : ":" + port);
    }

    private String time(Object[] row) {
        return Units.text(Column.Type.TIME, value(row, "timestamp"), zone);
    }

    private Object value(Object[] row, String column) {
        return row[report.indexOf(column)];
    }

    private String text(Object[] row, String column) {
        Object value = value(row, column);
        return value == null ? "–" : Units.safe(value.toString());
    }

    private static String safe(Object value) {
        return value == null ? "" : Units.safe(value.toString());
    }

    /** One digit behind the point: {@code 4.1 µs}. */
    static String duration(long ns) {
        if (ns < 1_000_000) {
            return String.format(Locale.ROOT, "%.1f µs", ns / 1e3);
        }
        return ns < 1_000_000_000
                ? String.format(Locale.ROOT, "%.1f ms", ns / 1e6)
                : String.format(Locale.ROOT, "%.1f s", ns / 1e9);
    }
}
