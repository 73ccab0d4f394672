// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.Stage;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Report;
import org.jopil.api.source.LatencySource;

/** One stage, measured in two of four steps. */
final class Latencies implements LatencySource {
    static final long STEP_NS = 2_000_000_000;

    static Report report() {
        return Report.of(
                        Column.column("stage", Type.TEXT, "stage"),
                        Column.column("p50_ns", Type.NANOSECONDS, "half"),
                        Column.column("p95_ns", Type.NANOSECONDS, "most"),
                        Column.column("p99_ns", Type.NANOSECONDS, "nearly all"),
                        Column.column("max_ns", Type.NANOSECONDS, "longest"),
                        Column.detail("since", Type.TIME, "begin"),
                        Column.detail("until", Type.TIME, "end"),
                        Column.detail("histogram", Type.OBJECT, "buckets"))
                .row("socket_queue", 99, 99, 99, 99, STEP_NS, 2 * STEP_NS, List.of(bucket(96, 2), bucket(100, 1)))
                .row("socket_queue", 500, 500, 500, 500, 3 * STEP_NS, 4 * STEP_NS, List.of(bucket(480, 7)))
                .row("qdisc", 1, 1, 1, 1, STEP_NS, 2 * STEP_NS, List.of(bucket(1, 1)))
                .asOf(Instant.ofEpochSecond(7))
                .sampled()
                .build();
    }

    private static Map<String, Object> bucket(long lowerNs, long count) {
        return Map.of("lower_ns", lowerNs, "count", count);
    }

    @Override
    public void read(Consumer<Histogram> visitor) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int followOneIn() {
        return 64;
    }

    @Override
    public Map<Stage, String> missing() {
        return Map.of(Stage.TC, "No hook");
    }

    @Override
    public Book book() {
        return new Book(3, 2, Map.of(JourneyEnd.READ, 3L), 0, 0);
    }
}
