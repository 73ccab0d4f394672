// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The page with the figures: what stands between its two marks is written anew, the rest is people's. */
final class Document {
    static final String BEGIN = "<!-- figures: written by jopil bench -->";
    static final String END = "<!-- end of figures -->";

    private Document() {}

    /** The plots go into {@code img/} beside the page. */
    static void update(Path page, Results results) {
        try {
            Path images = Files.createDirectories(page.resolveSibling("img").resolve("bench"));
            Directories.delete(images);
            Files.createDirectories(images);
            // the plots are large, as their letters are drawn: those of one load tell the story
            List<String> plots = new Plots(results).write(images, LoadCase.MAIN.id());
            Files.writeString(page, replaced(Files.readString(page), figures(results, plots)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IllegalArgumentException if the page has no marks */
    static String replaced(String page, String figures) {
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("the page has no line '" + BEGIN + "' before a line '" + END + "'");
        }
        return page.substring(0, begin + BEGIN.length()) + "\n" + figures + page.substring(end);
    }

    /** All tables and plots as Markdown. */
    static String figures(Results results, List<String> plots) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                "%nMeasured %s in %.0f s%s on: ",
                results.started(), results.seconds(), results.quick() ? " (quick)" : ""));
        results.machine()
                .forEach((name, value) ->
                        text.append(name).append(' ').append(value).append("; "));
        text.append("\nMedians, with the smallest and the largest in brackets.\n");
        results.notes().forEach(note -> text.append("- ").append(note).append('\n'));
        for (Tables.Table table : new Tables(results).all()) {
            text.append('\n').append(table.markdown());
            for (String plot : plots) {
                boolean here = results.loads().stream()
                        .anyMatch(
                                load -> Tables.title(load).equals(table.title()) && plot.endsWith("-" + load + ".svg"));
                if (here) {
                    text.append("\n![")
                            .append(plot)
                            .append("](img/bench/")
                            .append(plot)
                            .append(")\n");
                }
            }
        }
        return text.append('\n').toString();
    }
}
