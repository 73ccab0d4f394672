// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;

/** Bars with their spread, as SVG. */
final class Plots {
    private static final Color BAR = new Color(0x3b, 0x6e, 0xa5);
    private static final Color GRID = new Color(0xdd, 0xdd, 0xdd);
    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;

    private final Results results;

    Plots(Results results) {
        this.results = results;
    }

    /** Writes those of all loads; names of the files, without folder. */
    List<String> write(Path folder) {
        return write(folder, results.loads().toArray(String[]::new));
    }

    /** Writes those of some loads; names of the files, without folder. */
    List<String> write(Path folder, String... loads) {
        List<String> names = new ArrayList<>();
        for (String load : loads) {
            add(
                    names,
                    folder,
                    load,
                    "rate",
                    "packets left to the traffic, % of without",
                    (tool, setting) -> Budgets.scaled(results.rateKept(load, tool, setting), 0.01));
            add(
                    names,
                    folder,
                    load,
                    "cpu",
                    "CPU s for a million packets, tool and sender",
                    (tool, setting) -> results.totalCpu(load, tool, setting));
            add(
                    names,
                    folder,
                    load,
                    "seen",
                    "packets seen, % of sent",
                    (tool, setting) -> Budgets.scaled(results.seen(load, tool, setting), 0.01));
            add(
                    names,
                    folder,
                    load,
                    "flows",
                    "flows with exact packets and bytes, %",
                    (tool, setting) -> Budgets.scaled(results.flowsRight(load, tool, setting), 0.01));
        }
        return names;
    }

    private void add(
            List<String> names,
            Path folder,
            String load,
            String what,
            String title,
            BiFunction<String, String, Spread> value) {
        List<String> labels = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> errors = new ArrayList<>();
        for (String[] tool : new Tables(results).toolsOf(load)) {
            Spread spread = value.apply(tool[0], tool[1]);
            if (!tool[0].equals("none") && !spread.isEmpty()) {
                labels.add(Tables.titleOf(tool));
                medians.add(Math.max(0, spread.median()));
                errors.add((spread.max() - spread.min()) / 2);
            }
        }
        if (labels.size() < 3) {
            return;
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title + " (" + Tables.title(load) + ")")
                .build();
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
        chart.getStyler()
                .setLegendVisible(false)
                .setChartBackgroundColor(Color.WHITE)
                .setChartTitleFont(font.deriveFont(Font.BOLD, 14))
                .setChartTitlePadding(8)
                .setSeriesColors(new Color[] {BAR});
        chart.getStyler()
                .setAvailableSpaceFill(0.6)
                .setLabelsVisible(false)
                .setXAxisLabelRotation(35)
                .setAxisTickLabelsFont(font)
                .setPlotGridLinesColor(GRID);
        chart.addSeries("all", labels, medians, errors);
        String name = what + "-" + load + ".svg";
        try {
            VectorGraphicsEncoder.saveVectorGraphic(chart, folder.resolve(name).toString(), VectorGraphicsFormat.SVG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        names.add(name);
    }
}
