// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jopil.api.event.Stage;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Units;

/** A stage over time: a column for each step, a row for each power of two of nanoseconds. */
final class LatencyHeatmap {
    private static final int MOST_COLUMNS = 120;
    private static final long DEFAULT_NS = Duration.ofMinutes(10).toNanos();
    private static final List<String> PERCENTILES = List.of("p50_ns", "p95_ns", "p99_ns", "max_ns");
    private static final Listing.Rules TIMES = Listing.Rules.PLAIN.withLimit(Listing.MAX_LIMIT);

    private final Lists lists;

    LatencyHeatmap(Lists lists) {
        this.lists = lists;
    }

    Route route() {
        Map<String, Object> time = Shape.nullable(Shape.integer());
        List<String> stages = Stream.of(Stage.values()).map(Stage::text).toList();
        return Route.get(
                        "/api/latency/heatmap",
                        "A stage over time: a column of counts for each step, a row for each power of two; percentiles are"
                                + " null where nothing was measured")
                .parameter("stage", Shape.choice(stages), "which; socket_queue if not given")
                .parameter("filter", Shape.text(), "only what matches, as: port == 8080")
                .parameter("since", Shape.text(), "as in /api/latency; 10m if not given")
                .parameter("until", Shape.text(), "as since")
                .formats(Format.JSON)
                .answers(Shape.object(
                        "stage",
                        Shape.text(),
                        "step_ms",
                        time,
                        "lower_ns",
                        Shape.array(Shape.integer()),
                        "columns",
                        Shape.array(Shape.object(
                                "at",
                                Shape.time(),
                                "counts",
                                Shape.array(Shape.integer()),
                                "p50_ns",
                                time,
                                "p95_ns",
                                time,
                                "p99_ns",
                                time,
                                "max_ns",
                                time))))
                .to(this::send);
    }

    private void send(Exchange exchange) throws Exception {
        Map<String, String[]> rest = new LinkedHashMap<>();
        exchange.parameters().allow(List.of("stage", "filter", "since", "until"));
        Map<String, Stage> stages = new LinkedHashMap<>();
        for (Stage stage : Stage.values()) {
            stages.put(stage.text(), stage);
        }
        Stage stage = exchange.parameters().oneOf("stage", stages).orElse(Stage.SOCKET_QUEUE);
        for (String name : List.of("filter", "since", "until")) {
            exchange.parameters().text(name).ifPresent(text -> rest.put(name, new String[] {text}));
        }
        Query query = lists.listing(new Parameters(rest), TIMES).query();
        if (query.sinceNs() == 0) {
            long untilNs = Math.min(query.untilNs(), nowNs());
            query = query.withWindow(untilNs - DEFAULT_NS, query.untilNs());
        }
        lists.sequence(exchange);
        Report report = lists.ask("latency", query.withBy("time"));
        exchange.send(document(stage, query, report));
    }

    private static long nowNs() {
        return Instant.now().toEpochMilli() * 1_000_000;
    }

    static Map<String, Object> document(Stage stage, Query query, Report report) {
        TreeMap<Long, Object[]> columns = new TreeMap<>();
        TreeSet<Long> powers = new TreeSet<>();
        long stepNs = 0;
        for (Object[] row : report.rows()) {
            if (row[report.indexOf("stage")].equals(stage.text())) {
                long since = (Long) row[report.indexOf("since")];
                stepNs = (Long) row[report.indexOf("until")] - since;
                columns.put(since, row);
                powers.addAll(counts(report, row).keySet());
            }
        }
        List<Long> bounds = bounds(powers);
        return Shape.ordered(
                "stage",
                stage.text(),
                "step_ms",
                stepNs == 0 ? null : stepNs / 1_000_000,
                "lower_ns",
                bounds,
                "columns",
                stepNs == 0 ? List.of() : columns(query, report, columns, stepNs, bounds));
    }

    private static List<Long> bounds(TreeSet<Long> powers) {
        List<Long> bounds = new ArrayList<>();
        for (long power = powers.isEmpty() ? 1 : powers.first();
                !powers.isEmpty() && power <= powers.last();
                power = Math.max(1, power * 2)) {
            bounds.add(power);
        }
        return bounds;
    }

    private static List<Map<String, Object>> columns(
            Query query, Report report, TreeMap<Long, Object[]> measured, long stepNs, List<Long> bounds) {
        long last = Math.max(measured.lastKey(), Math.min(query.untilNs(), epochNs(report.asOf())) / stepNs * stepNs);
        long first = Math.min(measured.firstKey(), query.sinceNs() / stepNs * stepNs);
        first = Math.max(first, last - (MOST_COLUMNS - 1) * stepNs);
        List<Map<String, Object>> columns = new ArrayList<>();
        for (long at = first; at <= last; at += stepNs) {
            Object[] row = measured.get(at);
            TreeMap<Long, Long> counts = row == null ? new TreeMap<>() : counts(report, row);
            Map<String, Object> column = Shape.ordered(
                    "at",
                    Units.rfc3339(at),
                    "counts",
                    bounds.stream().map(bound -> counts.getOrDefault(bound, 0L)).toList());
            for (String name : PERCENTILES) {
                column.put(name, row == null ? null : row[report.indexOf(name)]);
            }
            columns.add(column);
        }
        return columns;
    }

    private static long epochNs(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }

    /** The sixteen buckets of a power of two together. */
    private static TreeMap<Long, Long> counts(Report report, Object[] row) {
        TreeMap<Long, Long> counts = new TreeMap<>();
        for (Object bucket : (List<?>) row[report.indexOf("histogram")]) {
            Map<?, ?> cell = (Map<?, ?>) bucket;
            counts.merge(Long.highestOneBit((Long) cell.get("lower_ns")), (Long) cell.get("count"), Long::sum);
        }
        return counts;
    }
}
