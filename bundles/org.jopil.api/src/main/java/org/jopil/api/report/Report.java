// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.event.Addresses;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.Row;
import org.jopil.api.filter.RowPredicate;

/**
 * Named, typed, unit-carrying columns and rows of platform types. Immutable once built; holds nothing of the bundle that
 * made it.
 */
public final class Report {
    private final List<Column> columns;
    private final List<Object[]> rows;
    private final long total;
    private final long unfiltered;
    private final boolean sampled;
    private final long lost;
    private final Instant asOf;
    private final String name;

    private Report(Builder builder, List<Object[]> rows, long total) {
        this.columns = builder.columns;
        this.rows = Collections.unmodifiableList(rows);
        this.total = total;
        this.unfiltered = builder.unfiltered;
        this.sampled = builder.sampled;
        this.lost = builder.lost;
        this.asOf = builder.asOf;
        this.name = "";
    }

    private Report(Report other, String name) {
        this.columns = other.columns;
        this.rows = other.rows;
        this.total = other.total;
        this.unfiltered = other.unfiltered;
        this.sampled = other.sampled;
        this.lost = other.lost;
        this.asOf = other.asOf;
        this.name = name;
    }

    /** A report whose rows are given as they shall be shown. */
    public static Builder of(Column... columns) {
        return new Builder(null, List.of(columns));
    }

    /** A report that filters, sorts and limits the rows it is given as the query says. */
    public static Builder of(Query query, Column... columns) throws FilterException {
        return new Builder(query, List.of(columns)).bind();
    }

    public List<Column> columns() {
        return columns;
    }

    /** Each as long as {@link #columns}; not to be written to. */
    public List<Object[]> rows() {
        return rows;
    }

    /** Rows that match, the ones left out by the limit included. */
    public long total() {
        return total;
    }

    /** Rows without the filter. */
    public long unfiltered() {
        return unfiltered;
    }

    /** Whether the numbers are estimates made from samples; otherwise they are counts. */
    public boolean isSampled() {
        return sampled;
    }

    /** Inputs that the analyzer missed; the numbers are exact only if this is 0. */
    public long lost() {
        return lost;
    }

    /** When the numbers were true. */
    public Instant asOf() {
        return asOf;
    }

    /** Name that it is asked by, as {@link Reports#names} has it; empty of a list that is no analyzer's. */
    public String name() {
        return name;
    }

    /** The same rows under a name; who answers questions calls this. */
    public Report named(String reportName) {
        return new Report(this, reportName);
    }

    /** Index of a column, or -1. */
    public int indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(column)) {
                return i;
            }
        }
        return -1;
    }

    /** Collects rows. One thread. */
    public static final class Builder {
        private final Query query;
        private final List<Column> columns;
        private final List<Object[]> rows = new ArrayList<>();
        private final Cursor cursor = new Cursor();
        private RowPredicate filter = row -> true;
        private long total = -1;
        private long unfiltered;
        private boolean sampled;
        private long lost;
        private Instant asOf = Instant.now();

        private Builder(Query query, List<Column> columns) {
            this.query = query;
            this.columns = columns;
        }

        private Builder bind() throws FilterException {
            if (query.filter().isPresent()) {
                filter = query.filter().get().bind(() -> columns);
            }
            return this;
        }

        /** One row, a value a column, of the type that {@link Column.Type} names; ints are widened. */
        public Builder row(Object... values) {
            if (values.length != columns.size()) {
                throw new IllegalArgumentException(values.length + " values for " + columns.size() + " columns");
            }
            Object[] row = new Object[values.length];
            for (int i = 0; i < values.length; i++) {
                row[i] = values[i] instanceof Integer number ? Long.valueOf(number) : values[i];
            }
            unfiltered++;
            cursor.values = row;
            if (filter.test(cursor)) {
                rows.add(row);
            }
            return this;
        }

        /** Counts of a source that filters and limits by itself. */
        public Builder totals(long matching, long withoutFilter) {
            total = matching;
            unfiltered = withoutFilter;
            return this;
        }

        /** Marks the numbers as estimates. */
        public Builder sampled() {
            sampled = true;
            return this;
        }

        public Builder lost(long inputs) {
            lost = inputs;
            return this;
        }

        public Builder asOf(Instant instant) {
            asOf = instant;
            return this;
        }

        /** @throws JopilException {@code JOPIL-133} if the query sorts by a column that is not there */
        public Report build() {
            long matching = total >= 0 ? total : rows.size();
            if (query == null) {
                return new Report(this, rows, matching);
            }
            query.sort().ifPresent(name -> rows.sort(comparator(name)));
            int from = Math.min(query.offset(), rows.size());
            int to = (int) Math.min((long) from + query.limit(), rows.size());
            return new Report(this, List.copyOf(rows.subList(from, to)), matching);
        }

        private Comparator<Object[]> comparator(String name) {
            int index = -1;
            for (int i = 0; i < columns.size(); i++) {
                if (columns.get(i).name().equals(name)) {
                    index = i;
                }
            }
            if (index < 0) {
                throw unknownSort(name, columns);
            }
            int column = index;
            Comparator<Object> values = Builder::compare;
            Comparator<Object> order = query.descending() ? values.reversed() : values;
            return Comparator.comparing(row -> row[column], Comparator.nullsLast(order));
        }

        private static int compare(Object a, Object b) {
            if (a instanceof Number x && b instanceof Number y) {
                return a instanceof Long && b instanceof Long
                        ? Long.compare(x.longValue(), y.longValue())
                        : Double.compare(x.doubleValue(), y.doubleValue());
            }
            return a.toString().compareTo(b.toString());
        }

        private final class Cursor implements Row {
            private Object[] values;

            @Override
            public boolean has(int field) {
                return values[field] != null;
            }

            @Override
            public long number(int field) {
                return values[field] instanceof Boolean truth ? (truth ? 1 : 0) : ((Number) values[field]).longValue();
            }

            @Override
            public double real(int field) {
                return ((Number) values[field]).doubleValue();
            }

            @Override
            public long addressHi(int field) {
                return address(field)[0];
            }

            @Override
            public long addressLo(int field) {
                return address(field)[1];
            }

            private long[] address(int field) {
                Optional<long[]> halves = Addresses.parse((String) values[field]);
                return halves.orElseThrow(() -> new IllegalArgumentException("not an address: " + values[field]));
            }

            @Override
            public String text(int field) {
                return values[field] instanceof List<?> list
                        ? String.join(",", list.stream().map(Object::toString).toList())
                        : values[field].toString();
            }
        }
    }

    /** The error for a sort by a column that is not there. */
    public static JopilException unknownSort(String name, List<Column> columns) {
        return new JopilException(
                "JOPIL-133",
                400,
                "Cannot sort by '" + name + "'",
                "There is no such column. Sort by one of: "
                        + String.join(", ", columns.stream().map(Column::name).toList()));
    }

    @Override
    public String toString() {
        return "Report" + columns.stream().map(Column::name).toList() + " "
                + rows.stream().limit(5).map(Arrays::toString).toList();
    }
}
