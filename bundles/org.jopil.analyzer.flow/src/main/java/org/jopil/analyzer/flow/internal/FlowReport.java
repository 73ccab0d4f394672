// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.jopil.api.report.Column.column;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;

/**
 * Answers questions about flows from their records: filters on a primitive cursor, keeps the best rows in a bounded
 * heap of primitive keys, and makes objects of the rows asked for alone. The analyzer's thread.
 */
final class FlowReport {
    /** Keys of the groups {@code by=state} that are no rows. */
    private static final String EVICTED = "evicted";

    private static final String REFUSED = "refused";

    private static final FlowField[] FIELDS = FlowField.values();
    private static final Column[] COLUMNS =
            Arrays.stream(FIELDS).map(field -> field.column).toArray(Column[]::new);
    private static final List<Column> COLUMN_LIST = List.of(COLUMNS);

    private final FlowTracker tracker;
    private final InterfaceNames names;
    private final FlowCursor cursor;

    FlowReport(FlowTracker tracker, InterfaceNames names) {
        this.tracker = tracker;
        this.names = names;
        cursor = new FlowCursor(tracker, names);
    }

    Report report(Query query) throws FilterException {
        names.refresh();
        tracker.tcp().readOpen(names, System.nanoTime());
        RowPredicate filter = query.filter().isPresent() ? bind(query.filter().get()) : null;
        Instant asOf = Instant.ofEpochSecond(0, tracker.scanNs());
        return query.by().isPresent()
                ? groups(query, filter, field(query.by().get()), asOf)
                : rows(query, filter, asOf);
    }

    private static RowPredicate bind(Filter filter) throws FilterException {
        return filter.bind(() -> COLUMN_LIST);
    }

    private static FlowField field(String name) {
        for (FlowField field : FIELDS) {
            if (field.column.name().equals(name)) {
                return field;
            }
        }
        return null;
    }

    // ---- rows

    private Report rows(Query query, RowPredicate filter, Instant asOf) {
        FlowField sort = query.sort().isPresent() ? field(query.sort().get()) : FlowField.LAST_SEEN;
        if (sort == null) {
            throw Report.unknownSort(query.sort().orElseThrow(), COLUMN_LIST);
        }
        boolean descending = query.sort().isEmpty() || query.descending();
        long all = (long) tracker.live().size() + tracker.ended().size();
        boolean windowed = query.sinceNs() > 0 || query.untilNs() < Long.MAX_VALUE;
        Report.Builder report = Report.of(COLUMNS).asOf(asOf).lost(tracker.refusedPackets());
        if (query.limit() == 0 && filter == null && !windowed) {
            return report.totals(all, all).build();
        }
        int wanted = (int) Math.min(all, (long) query.offset() + query.limit());
        TopRows top = new TopRows(wanted);
        long matching = 0;
        for (int n = 0; n < all; n++) {
            cursor.to(n);
            if (windowed && !cursor.isWithin(query.sinceNs(), query.untilNs())
                    || filter != null && !filter.test(cursor)) {
                continue;
            }
            matching++;
            if (wanted > 0) {
                boolean absent = !cursor.has(sort.ordinal());
                long high = absent ? Long.MIN_VALUE : cursor.sortHigh(sort);
                long low = absent ? Long.MIN_VALUE : cursor.sortLow(sort);
                // complement keeps the order and turns it round; what is absent stays last
                top.offer(absent || descending ? high : ~high, absent || descending ? low : ~low, cursor.newest(), n);
            }
        }
        int[] order = top.bestFirst();
        for (int k = Math.min(query.offset(), order.length); k < order.length; k++) {
            cursor.to(order[k]);
            report.row(cursor.values());
        }
        return report.totals(matching, all).build();
    }

    // ---- groups

    private Report groups(Query query, RowPredicate filter, FlowField by, Instant asOf) throws FilterException {
        if (by == null || !isGroupable(by)) {
            throw new JopilException(
                    "JOPIL-134",
                    400,
                    "Cannot group flows by '" + query.by().orElseThrow() + "'",
                    "Group by one of: "
                            + Arrays.stream(FIELDS)
                                    .filter(FlowReport::isGroupable)
                                    .map(field -> field.column.name())
                                    .collect(Collectors.joining(", "))
                            + ".");
        }
        Type type = by.column.type() == Type.BOOLEAN ? Type.TEXT : by.column.type();
        Query ranking = new Query(
                Optional.empty(),
                query.sort().isPresent() ? query.sort() : Optional.of("bytes"),
                query.sort().isEmpty() || query.descending(),
                query.limit(),
                query.offset(),
                0,
                Long.MAX_VALUE,
                Optional.empty());
        Report.Builder report = Report.of(
                        ranking,
                        column("key", type, by.column.description()),
                        column("flows", Type.NUMBER, "Flow records"),
                        column("packets", Type.PACKETS, "Wire packets, both directions"),
                        column("bytes", Type.BYTES, "Wire bytes, both directions"))
                .asOf(asOf)
                .lost(tracker.refusedPackets());
        GroupTable groups = new GroupTable();
        int all = tracker.live().size() + tracker.ended().size();
        boolean windowed = query.sinceNs() > 0 || query.untilNs() < Long.MAX_VALUE;
        for (int n = 0; n < all; n++) {
            cursor.to(n);
            if (windowed && !cursor.isWithin(query.sinceNs(), query.untilNs())
                    || filter != null && !filter.test(cursor)) {
                continue;
            }
            boolean present = cursor.has(by.ordinal());
            groups.add(
                    present ? cursor.groupHigh(by) : Long.MIN_VALUE,
                    present ? cursor.groupLow(by) : Long.MIN_VALUE,
                    n,
                    cursor.packets(),
                    cursor.bytes());
        }
        for (int g = 0; g < groups.size(); g++) {
            cursor.to(groups.sample(g));
            Object key = cursor.value(by);
            report.row(
                    key instanceof Boolean ? key.toString() : key, groups.count(g), groups.packets(g), groups.bytes(g));
        }
        if (by == FlowField.STATE && filter == null && !windowed) {
            // with these the groups add up to every packet that was handed over
            EndedFlows ended = tracker.ended();
            if (ended.forgottenFlows() > 0) {
                report.row(EVICTED, ended.forgottenFlows(), ended.forgottenPackets(), ended.forgottenBytes());
            }
            if (tracker.refusedPackets() > 0) {
                report.row(REFUSED, tracker.refusedChanges(), tracker.refusedPackets(), tracker.refusedBytes());
            }
        }
        return report.build();
    }

    private static boolean isGroupable(FlowField field) {
        return switch (field) {
            case COMMUNITY_ID,
                    INTERFACE,
                    NAMESPACE,
                    PROTOCOL,
                    SRC_IP,
                    SRC_PORT,
                    DST_IP,
                    DST_PORT,
                    TCP_FLAGS,
                    STATE,
                    END_REASON,
                    PROCESS,
                    APPLICATION,
                    APPLICATION_SOURCE,
                    SERVER_NAME,
                    UNUSUAL_PORT,
                    TCP_SOURCE,
                    SRC_COUNTRY,
                    DST_COUNTRY,
                    SRC_AS,
                    DST_AS,
                    SRC_AS_NAME,
                    DST_AS_NAME,
                    PID,
                    UID,
                    VLAN,
                    INNER_VLAN,
                    IP_VERSION,
                    IP_PROTOCOL,
                    ICMP_TYPE,
                    FRAGMENT,
                    PARTIAL -> true;
            default -> false;
        };
    }
}
