// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jopil.api.report.Column;
import org.jopil.web.render.Style;
import org.jopil.web.render.Units;

/** A table without an end: columns only ever become wider, so that they soon stand still. */
final class FollowTable {
    private final List<Column> columns;
    private final List<Integer> shown;
    private final Style style;
    private final int[] widths;
    private boolean begun;

    FollowTable(List<Column> columns, Style style) {
        this.columns = columns;
        this.style = style;
        this.shown = style.fields().isEmpty()
                ? IntStream.range(0, columns.size())
                        .filter(i -> !columns.get(i).detail() && columns.get(i).type() != Column.Type.OBJECT)
                        .boxed()
                        .toList()
                : IntStream.range(0, columns.size())
                        .filter(i -> style.fields().contains(columns.get(i).name()))
                        .boxed()
                        .toList();
        this.widths = new int[shown.size()];
    }

    void write(List<Object[]> rows, PrintStream out) throws IOException {
        List<List<String>> lines = new ArrayList<>();
        if (!begun && !rows.isEmpty()) {
            lines.add(shown.stream()
                    .map(i -> columns.get(i).name().replace('_', ' ').toUpperCase(Locale.ROOT))
                    .toList());
            begun = true;
        }
        for (Object[] row : rows) {
            lines.add(shown.stream()
                    .map(i -> Units.text(columns.get(i).type(), row[i], style.zone()))
                    .toList());
        }
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(line.get(i)));
            }
        }
        for (List<String> line : lines) {
            out.write(text(line).getBytes(StandardCharsets.UTF_8));
        }
    }

    private String text(List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            String blanks = " ".repeat(widths[i] - width(cells.get(i)));
            boolean right = columns.get(shown.get(i)).type().isNumeric();
            line.append(i == 0 ? "" : "  ").append(right ? blanks + cells.get(i) : cells.get(i) + blanks);
        }
        return line.toString().stripTrailing() + "\n";
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
