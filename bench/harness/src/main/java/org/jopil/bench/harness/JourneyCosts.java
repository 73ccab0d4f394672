// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code make -C bpf cost-journey} prints: a run of each journey program above an empty one at the same hook. */
final class JourneyCosts {
    /** In place of a tool's name. */
    static final String TOOL = "journeys";

    /** The setting that is the default: one packet in 64 is followed. */
    static final String BY_DEFAULT = "1:64";

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Pattern HEADING = Pattern.compile("^ {3,}empty {2,}(.+?) +runs +missed$", Pattern.MULTILINE);
    private static final Pattern ROW = Pattern.compile(
            "^(jopil_\\w+) +(?:-|\\S+ +\\S+)((?: +(?:-|-?\\d+\\.\\d +-?\\d+--?\\d+))+) +\\d+ +\\d+$",
            Pattern.MULTILINE);
    private static final Pattern CELL = Pattern.compile(" (?:-(?= )|(-?\\d+\\.\\d) +(-?\\d+)-(-?\\d+))");
    private static final Pattern GAP = Pattern.compile(" {2,}");
    private static final Pattern ROUNDS = Pattern.compile("median of (\\d+)");

    private JourneyCosts() {}

    static List<Results.Figure> measure(Path bpf) {
        return parse(Commands.run(LIMIT, List.of("make", "-s", "-C", bpf.toString(), "cost-journey"))
                .orFail()
                .out());
    }

    /** A figure of each program in each setting where it ran. */
    static List<Results.Figure> parse(String said) {
        Matcher heading = HEADING.matcher(said);
        Matcher count = ROUNDS.matcher(said);
        if (!heading.find() || !count.find()) {
            throw new IllegalArgumentException("no table of costs in: " + said);
        }
        String[] settings = GAP.split(heading.group(1), -1);
        int rounds = Integer.parseInt(count.group(1));
        List<Results.Figure> figures = new ArrayList<>();
        Matcher row = ROW.matcher(said);
        while (row.find()) {
            Matcher cell = CELL.matcher(row.group(2) + ' ');
            for (int i = 0; cell.find(); i++) {
                if (cell.group(1) != null) {
                    Spread ns = new Spread(
                            Double.parseDouble(cell.group(1)),
                            Double.parseDouble(cell.group(2)),
                            Double.parseDouble(cell.group(3)),
                            rounds);
                    figures.add(new Results.Figure(name(row.group(1)), TOOL, settings[i], "ns", ns));
                }
            }
        }
        return figures;
    }

    /** Of the figure of a program. */
    static String name(String program) {
        return "a run of " + program;
    }
}
