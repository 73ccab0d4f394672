// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.util.ArrayList;
import java.util.List;

/** Results as tables, for the terminal and as Markdown. */
final class Tables {
    /** Rows of text; the first is the header. */
    record Table(String title, List<List<String>> rows) {
        private static final int CELL_WIDTH = 42;

        /** Columns side by side; long cells go on in the next line. */
        String text() {
            int columns = rows.get(0).size();
            List<List<List<String>>> wrapped = rows.stream()
                    .map(row -> row.stream().map(Table::lines).toList())
                    .toList();
            int[] width = new int[columns];
            for (List<List<String>> row : wrapped) {
                for (int c = 0; c < columns; c++) {
                    for (String line : row.get(c)) {
                        width[c] = Math.max(width[c], line.length());
                    }
                }
            }
            StringBuilder text = new StringBuilder(title).append('\n');
            for (List<List<String>> row : wrapped) {
                int height = row.stream().mapToInt(List::size).max().orElse(0);
                for (int l = 0; l < height; l++) {
                    StringBuilder line = new StringBuilder();
                    for (int c = 0; c < columns; c++) {
                        String part = l < row.get(c).size() ? row.get(c).get(l) : "";
                        line.append("  ").append(part).append(" ".repeat(width[c] - part.length()));
                    }
                    text.append(line.toString().stripTrailing()).append('\n');
                }
            }
            return text.toString();
        }

        private static List<String> lines(String cell) {
            List<String> lines = new ArrayList<>();
            StringBuilder line = new StringBuilder();
            for (String word : cell.split(" ", -1)) {
                if (line.length() > 0 && line.length() + 1 + word.length() > CELL_WIDTH) {
                    lines.add(line.toString());
                    line.setLength(0);
                }
                line.append(line.length() == 0 ? "" : " ").append(word);
            }
            lines.add(line.toString());
            return lines;
        }

        String markdown() {
            StringBuilder text = new StringBuilder("### ").append(title).append("\n\n");
            line(text, rows.get(0));
            text.append("|---".repeat(rows.get(0).size())).append("|\n");
            rows.subList(1, rows.size()).forEach(row -> line(text, row));
            return text.toString();
        }

        private static void line(StringBuilder text, List<String> row) {
            row.forEach(
                    cell -> text.append("| ").append(cell.replace("|", "\\|")).append(' '));
            text.append("|\n");
        }
    }

    private final Results results;

    Tables(Results results) {
        this.results = results;
    }

    /** Budgets first, then each load, then what is measured apart, then who took part. */
    List<Table> all() {
        List<Table> tables = new ArrayList<>();
        tables.add(budgets());
        results.loads().forEach(load -> tables.add(load(load)));
        if (!results.figures().isEmpty()) {
            tables.add(figures());
        }
        if (!results.kernelCosts().isEmpty()) {
            tables.add(kernelCosts());
        }
        if (!results.scores().isEmpty()) {
            tables.add(scores());
        }
        tables.add(tools());
        return tables;
    }

    private Table budgets() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("#", "budget", "limit", Budgets.DEFAULT, Budgets.EVERYTHING, "floor"));
        for (Budget b : Budgets.of(results)) {
            rows.add(List.of(
                    b.id(),
                    b.title(),
                    b.limit(),
                    b.byDefault().text(),
                    b.everythingOn().text(),
                    b.hasFailed() ? b.floor() : ""));
        }
        return new Table("Budgets", rows);
    }

    /** Name and setting, as {@link Tool#title}. */
    static String titleOf(String[] tool) {
        return tool[1].isEmpty() ? tool[0] : tool[0] + ", " + tool[1];
    }

    private Table load(String load) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "tool",
                "Mpps",
                "rate kept %",
                "by CPU %",
                "seen/sent %",
                "flows right %",
                "CPU s/Mpkt: own",
                "sender's",
                "total",
                "RSS MB"));
        for (String[] tool : toolsOf(load)) {
            boolean none = tool[0].equals("none");
            rows.add(List.of(
                    titleOf(tool),
                    Budgets.scaled(results.rate(load, tool[0], tool[1]), 1e6).text("%.2f"),
                    none ? "" : percent(results.rateKept(load, tool[0], tool[1]), "%.0f"),
                    none ? "" : percent(results.rateKeptByCpu(load, tool[0], tool[1]), "%.0f"),
                    none ? "" : percent(results.seen(load, tool[0], tool[1]), "%.2f"),
                    none ? "" : percent(results.flowsRight(load, tool[0], tool[1]), "%.2f"),
                    none ? "" : results.ownCpu(load, tool[0], tool[1]).text("%.3f"),
                    none ? "" : results.senderCpu(load, tool[0], tool[1]).text("%.3f"),
                    none ? "" : results.totalCpu(load, tool[0], tool[1]).text("%.3f"),
                    none
                            ? ""
                            : Budgets.scaled(results.rss(load, tool[0], tool[1]), 1e6)
                                    .text("%.0f")));
        }
        return new Table(title(load), rows);
    }

    /** {@code live-1000-60-4} as {@code live, 1,000 flows, 60 B, IPv4}. */
    static String title(String load) {
        String[] part = load.split("-", -1);
        return new LoadCase(part[0], Integer.parseInt(part[1]), Integer.parseInt(part[2]), Integer.parseInt(part[3]), 0)
                .title();
    }

    /** Names and settings of those that were measured on a load, in the order in which they came first. */
    List<String[]> toolsOf(String load) {
        List<String[]> tools = new ArrayList<>();
        for (Results.Measurement m : results.measurements()) {
            boolean known = tools.stream().anyMatch(t -> t[0].equals(m.tool()) && t[1].equals(m.setting()));
            if (m.load().equals(load) && !known) {
                tools.add(new String[] {m.tool(), m.setting()});
            }
        }
        return tools;
    }

    private static String percent(Spread share, String format) {
        return Budgets.scaled(share, 0.01).text(format);
    }

    private Table figures() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("figure", "tool", "value", "unit"));
        results.figures()
                .forEach(f -> rows.add(List.of(
                        f.name(), f.tool() + ", " + f.setting(), f.value().text("%.1f"), f.unit())));
        return new Table("Measured apart", rows);
    }

    private Table kernelCosts() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("program", "IP", "flows", "ns above an empty program", "the empty program"));
        results.kernelCosts()
                .forEach(k -> rows.add(List.of(
                        k.what(),
                        "IPv" + k.ip(),
                        String.format("%,d", k.flows()),
                        String.format("%.0f (%.0f–%.0f)", k.ns(), k.minNs(), k.maxNs()),
                        String.format("%.0f", k.emptyNs()))));
        return new Table("In the kernel, by test run", rows);
    }

    private Table scores() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("benchmark", "parameters", "score", "unit"));
        results.scores().stream()
                .filter(s -> !Double.isNaN(s.score()))
                .forEach(s -> rows.add(List.of(
                        s.benchmark(),
                        s.parameters().toString(),
                        String.format("%.3f (%.3f–%.3f)", s.score(), s.min(), s.max()),
                        s.unit())));
        return new Table("JMH", rows);
    }

    private Table tools() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("tool", "version", "command"));
        results.tools()
                .forEach(t -> rows.add(List.of(t.tool() + ", " + t.setting(), t.version(), "`" + t.command() + "`")));
        return new Table("Versions and command lines", rows);
    }
}
