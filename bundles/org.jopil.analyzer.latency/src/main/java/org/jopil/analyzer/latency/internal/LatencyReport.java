// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.latency.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jopil.api.JopilException;
import org.jopil.api.event.Stage;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.LatencySource.Key;

/** One answer: a row for each stage, and for each value of the field that it is grouped by, or for each step of time. */
final class LatencyReport {
    private static final String TIME = "time";
    private static final long DEFAULT_NS = Duration.ofMinutes(1).toNanos();
    private static final int MOST_STEPS = 120;
    private static final long SECOND_NS = 1_000_000_000;
    private static final long[] FINE_STEPS_S = {2, 4, 6, 10};
    private static final long[] STEPS_S = {60, 120, 300, 600, 900, 1800};

    private static final Column[] COLUMNS = columns();

    private final Windows windows;
    private final long nowNs;

    /** A row in the making: values of the key as far as all that was added agrees. */
    private static final class Group {
        final Sum sum = new Sum();
        long fromNs = Long.MAX_VALUE;
        long untilNs;
        private Object[] values;

        void add(long fromNs, long untilNs, Object[] key, Counts counts) {
            this.fromNs = Math.min(this.fromNs, fromNs);
            this.untilNs = Math.max(this.untilNs, untilNs);
            counts.addTo(sum);
            if (values == null) {
                values = key.clone();
            }
            for (int i = 0; i < values.length; i++) {
                values[i] = Objects.equals(values[i], key[i]) ? values[i] : null;
            }
        }
    }

    /** What makes a row of its own. */
    private record GroupKey(Stage stage, long step, Object value) {}

    LatencyReport(Windows windows, long nowNs) {
        this.windows = windows;
        this.nowNs = nowNs;
    }

    private static Column[] columns() {
        List<Column> columns = new ArrayList<>(KeyField.COLUMNS);
        columns.add(column("count", Type.NUMBER, "Followed packets that passed the stage"));
        columns.add(column("p50_ns", Type.NANOSECONDS, "Half of them took at most this"));
        columns.add(column("p95_ns", Type.NANOSECONDS, "95 of 100 took at most this"));
        columns.add(column("p99_ns", Type.NANOSECONDS, "99 of 100 took at most this"));
        columns.add(column("max_ns", Type.NANOSECONDS, "The longest"));
        columns.add(detail("since", Type.TIME, "Begin of the time that was looked at, as it was kept"));
        columns.add(detail("until", Type.TIME, "Its end"));
        columns.add(detail("histogram", Type.OBJECT, "Packets by time: least time of a bucket, and how many"));
        return columns.toArray(Column[]::new);
    }

    Report.Builder build(Query query) throws FilterException {
        Optional<KeyField> by = query.by().filter(name -> !name.equals(TIME)).map(LatencyReport::field);
        boolean byTime = query.by().isPresent() && by.isEmpty();
        RowPredicate keys = key -> true;
        Query rows = new Query(
                Optional.empty(),
                query.sort(),
                query.descending(),
                query.limit(),
                query.offset(),
                0,
                Long.MAX_VALUE,
                Optional.empty());
        if (query.filter().isPresent()) {
            try {
                keys = query.filter().get().bind(() -> KeyField.COLUMNS);
            } catch (FilterException ofWhatWasMeasured) {
                rows = rows.withFilter(query.filter().get());
            }
        }
        Report.Builder report = Report.of(rows, COLUMNS);
        add(report, groups(query, keys, by, byTime));
        return report;
    }

    private static KeyField field(String name) {
        return Arrays.stream(KeyField.values())
                .filter(field -> field.groups && field.column.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new JopilException(
                        "JOPIL-134",
                        400,
                        "Cannot group latencies by '" + name + "'",
                        "Group by one of: "
                                + Arrays.stream(KeyField.values())
                                        .filter(field -> field.groups)
                                        .map(field -> field.column.name())
                                        .collect(Collectors.joining(", "))
                                + ", " + TIME + "."));
    }

    private Map<GroupKey, Group> groups(Query query, RowPredicate keys, Optional<KeyField> by, boolean byTime) {
        boolean anyTime = query.sinceNs() == 0 && query.untilNs() == Long.MAX_VALUE;
        if (anyTime) {
            long span = byTime ? Windows.FINE_NS : DEFAULT_NS;
            Map<GroupKey, Group> recent = groups(nowNs - span, nowNs, keys, by, byTime);
            if (!recent.isEmpty() || byTime) {
                return recent;
            }
        }
        return groups(query.sinceNs(), Math.min(query.untilNs(), nowNs), keys, by, byTime);
    }

    private Map<GroupKey, Group> groups(
            long fromNs, long untilNs, RowPredicate keys, Optional<KeyField> by, boolean byTime) {
        Map<GroupKey, Group> groups = new HashMap<>();
        Map<Key, Object[]> matching = new HashMap<>();
        KeyRow row = new KeyRow();
        long stepNs = byTime ? stepNs(fromNs, untilNs) : 0;
        windows.forEach(
                fromNs,
                untilNs,
                (from, until, counts) -> counts.forEach((key, counted) -> {
                    Object[] values = matching.computeIfAbsent(
                            key, k -> keys.test(row.at(k)) ? KeyField.values(k) : new Object[0]);
                    if (values.length == 0) {
                        return;
                    }
                    long step = byTime ? (from + until) / 2 / stepNs * stepNs : 0;
                    Object value = by.map(field -> values[field.ordinal()]).orElse(null);
                    groups.computeIfAbsent(new GroupKey(key.stage(), step, value), g -> new Group())
                            .add(byTime ? step : from, byTime ? step + stepNs : until, values, counted);
                }));
        return groups;
    }

    /** Steps of the length that looks have, else of minutes, which is what is kept of before. */
    private long stepNs(long fromNs, long untilNs) {
        boolean fine = nowNs - fromNs <= Windows.FINE_NS + DEFAULT_NS;
        for (long seconds : fine ? FINE_STEPS_S : STEPS_S) {
            if (untilNs - fromNs <= MOST_STEPS * seconds * SECOND_NS) {
                return seconds * SECOND_NS;
            }
        }
        return STEPS_S[STEPS_S.length - 1] * SECOND_NS;
    }

    private static void add(Report.Builder report, Map<GroupKey, Group> groups) {
        Map<Stage, List<Map.Entry<GroupKey, Group>>> byStage = new TreeMap<>();
        groups.entrySet()
                .forEach(entry -> byStage.computeIfAbsent(entry.getKey().stage(), stage -> new ArrayList<>())
                        .add(entry));
        byStage.values().forEach(rows -> {
            rows.sort((a, b) -> a.getKey().step() != b.getKey().step()
                    ? Long.compare(a.getKey().step(), b.getKey().step())
                    : Long.compare(b.getValue().sum.count(), a.getValue().sum.count()));
            rows.forEach(entry -> report.row(row(entry.getValue())));
        });
    }

    private static Object[] row(Group group) {
        Object[] row = Arrays.copyOf(group.values, COLUMNS.length);
        int at = group.values.length;
        Sum sum = group.sum;
        row[at++] = sum.count();
        row[at++] = sum.percentileNs(50);
        row[at++] = sum.percentileNs(95);
        row[at++] = sum.percentileNs(99);
        row[at++] = sum.maxNs();
        row[at++] = group.fromNs;
        row[at++] = group.untilNs;
        row[at] = sum.histogram();
        return row;
    }
}
