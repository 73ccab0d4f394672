// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Report;
import org.jopil.stats.Metric;
import org.jopil.stats.Point;
import org.jopil.stats.Snapshot;
import org.jopil.stats.Stats;
import org.jopil.stats.StatsDocument;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Format;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Style;

/** The snapshot of the last second, and the rates of the last quarter of an hour. */
final class StatsResource {
    private static final Duration LONGEST = Duration.ofSeconds(Stats.POINTS);
    private static final Map<String, Object> COUNT = Shape.nullable(Shape.integer());
    private static final Map<String, Object> RATE = Shape.nullable(Shape.number());

    private final Services services;

    StatsResource(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/stats", "Totals since start and rates of the last second: one snapshot, one sequence")
                        .answers(statsShape())
                        .to(this::stats),
                Route.get("/api/timeseries", "One rate over time, a point a second; null where nothing was measured")
                        .parameter(
                                "metric",
                                Shape.choice(Arrays.stream(Metric.values())
                                        .map(Metric::text)
                                        .toList()),
                                "what to chart")
                        .parameter("window", Shape.text(), "how far back, up to 15m")
                        .answers(Shape.object(
                                "metric",
                                Shape.text(),
                                "unit",
                                Shape.text(),
                                "points",
                                Shape.array(Shape.array(Shape.nullable(Shape.number())))))
                        .to(this::series));
    }

    private static Map<String, Object> statsShape() {
        Map<String, Object> direction =
                Shape.object("packets", COUNT, "bytes", COUNT, "hook", Shape.nullable(Shape.text()));
        Map<String, Object> packets = Shape.nullable(Shape.map(Shape.integer()));
        return Shape.object(
                "sequence",
                Shape.integer(),
                "timestamp",
                Shape.time(),
                "total_packets",
                COUNT,
                "total_bytes",
                COUNT,
                "flow_count",
                COUNT,
                "drops",
                COUNT,
                "tcp",
                Shape.nullable(tcp()),
                "uptime",
                Shape.integer(),
                "protocols",
                packets,
                "cpus",
                packets,
                "interfaces",
                Shape.nullable(Shape.map(Shape.object("ingress", direction, "egress", direction))),
                "rates",
                Shape.object("packets_per_second", RATE, "bits_per_second", RATE),
                "ledger",
                Shape.nullable(Shape.object(
                        "difference",
                        Shape.integer(),
                        "findings",
                        LedgerResource.findings(),
                        "events",
                        LedgerResource.events(),
                        "counter_packets",
                        Shape.integer(),
                        "flow_packets",
                        Shape.integer(),
                        "overflow_packets",
                        Shape.integer())),
                "cost",
                Shape.object(
                        "ns_per_packet",
                        RATE,
                        "gross_ns_per_packet",
                        RATE,
                        "measured_until",
                        Shape.nullable(Shape.time()),
                        "measuring",
                        Shape.bool(),
                        "cpu_percent",
                        RATE,
                        "rss_bytes",
                        COUNT,
                        "kernel_bytes",
                        COUNT),
                "sampling",
                Shape.nullable(Shape.object(
                        "showing_one_of", COUNT, "limit_per_second", Shape.integer(), "changes", Shape.integer())),
                "replay",
                Shape.nullable(ReplayResource.shape()));
    }

    private static Map<String, Object> tcp() {
        Map<String, Object> number = Shape.integer();
        return Shape.object(
                "opened",
                number,
                "accepted",
                number,
                "open_failures",
                number,
                "accept_failures",
                number,
                "retransmits",
                number,
                "retransmits_by_kind",
                Shape.map(number),
                "resets_sent",
                number,
                "resets_received",
                number,
                "zero_windows_sent",
                number,
                "zero_windows_received",
                number,
                "handshake_us",
                RATE);
    }

    private void stats(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        Snapshot snapshot = services.stats()
                .latest()
                .orElseThrow(() -> new JopilException(
                        "JOPIL-503", 503, "There are no statistics yet", "The first second is not over. Try again."));
        exchange.header("X-Sequence", snapshot.sequence());
        exchange.send(StatsDocument.stats(snapshot));
    }

    private void series(Exchange exchange) throws IOException {
        Parameters given = exchange.parameters().allow(List.of("metric", "window"));
        Map<String, Metric> metrics = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) {
            metrics.put(metric.text(), metric);
        }
        Metric metric = given.oneOf("metric", metrics).orElse(Metric.PACKETS_PER_SECOND);
        Duration window = given.duration("window").orElse(Duration.ofMinutes(5));
        if (window.isZero() || window.compareTo(LONGEST) > 0) {
            throw Parameters.bad("window", given.text("window").orElse(""), "a duration from 1s to 15m");
        }
        List<Point> points = services.stats().series(window);
        services.latest().ifPresent(s -> exchange.header("X-Sequence", s.sequence()));
        if (exchange.format() == Format.JSON) {
            exchange.send(Shape.ordered(
                    "metric",
                    metric.text(),
                    "unit",
                    metric.unit(),
                    "points",
                    points.stream()
                            .map(p -> Arrays.asList(
                                    p.timestamp().toEpochMilli(), metric.of(p).orElse(null)))
                            .toList()));
            return;
        }
        Report.Builder rows = Report.of(
                Column.column("timestamp", Column.Type.TIME, "when it was measured"),
                Column.column(metric.text(), type(metric), "the value"));
        for (Point point : points) {
            long ns = point.timestamp().getEpochSecond() * 1_000_000_000L
                    + point.timestamp().getNano();
            rows.row(ns, metric.of(point).orElse(null));
        }
        exchange.send(rows.build(), Style.of("point"));
    }

    private static Column.Type type(Metric metric) {
        return switch (metric.unit()) {
            case "bit/s" -> Column.Type.BITS_PER_SECOND;
            case "packets/s" -> Column.Type.PACKETS_PER_SECOND;
            default -> Column.Type.NUMBER;
        };
    }
}
