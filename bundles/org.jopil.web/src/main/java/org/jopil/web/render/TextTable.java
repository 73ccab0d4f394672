// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Aligned columns: numbers to the right, text to the left, two blanks between, none at the end of a line. */
public final class TextTable {
    /** Title of a column. */
    public record Heading(String text, boolean right) {}

    private final List<Heading> headings;
    private final List<List<String>> rows = new ArrayList<>();
    private final int[] widths;

    public TextTable(List<Heading> headings) {
        this.headings = List.copyOf(headings);
        widths = new int[headings.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = width(headings.get(i).text());
        }
    }

    public TextTable row(List<String> cells) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], width(cells.get(i)));
        }
        rows.add(List.copyOf(cells));
        return this;
    }

    public void write(Appendable out) throws IOException {
        line(headings.stream().map(Heading::text).toList(), out);
        for (List<String> row : rows) {
            line(row, out);
        }
    }

    private void line(List<String> cells, Appendable out) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(i == 0 ? "" : "  ");
            String blanks = " ".repeat(widths[i] - width(cells.get(i)));
            if (headings.get(i).right()) {
                line.append(blanks).append(cells.get(i));
            } else {
                line.append(cells.get(i)).append(blanks);
            }
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
