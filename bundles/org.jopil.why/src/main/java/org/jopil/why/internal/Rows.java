// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jopil.api.report.Report;

/**
 * Rows of a report by the names of its columns. A column that is not there reads as a value that is not known: reports grow, and
 * analyzers of older versions may answer.
 */
final class Rows {
    /** One row. */
    record Row(Report report, Object[] values) {
        Object get(String column) {
            int index = report.indexOf(column);
            return index < 0 ? null : values[index];
        }

        /** Empty if it is not known. */
        String text(String column) {
            Object value = get(column);
            return value == null ? "" : value.toString();
        }

        /** 0 if it is not known. */
        long number(String column) {
            return get(column) instanceof Number number ? number.longValue() : 0;
        }

        double real(String column) {
            return get(column) instanceof Number number ? number.doubleValue() : 0;
        }

        boolean has(String column) {
            return get(column) != null;
        }
    }

    private final List<Row> list = new ArrayList<>();
    private final boolean inexact;

    private Rows(boolean inexact) {
        this.inexact = inexact;
    }

    static Rows of(Report report) {
        Rows rows = new Rows(report.isSampled() || report.lost() > 0);
        report.rows().forEach(values -> rows.list.add(new Row(report, values)));
        return rows;
    }

    static Rows none() {
        return new Rows(false);
    }

    Rows where(Predicate<Row> wanted) {
        Rows rows = new Rows(inexact);
        list.stream().filter(wanted).forEach(rows.list::add);
        return rows;
    }

    /** These and those. */
    Rows and(Rows others) {
        Rows rows = new Rows(inexact || others.inexact);
        rows.list.addAll(list);
        rows.list.addAll(others.list);
        return rows;
    }

    Stream<Row> stream() {
        return list.stream();
    }

    boolean isEmpty() {
        return list.isEmpty();
    }

    int size() {
        return list.size();
    }

    /** Whether its numbers are estimates, or something was missed. */
    boolean isInexact() {
        return inexact;
    }

    long sum(String column) {
        return list.stream().mapToLong(row -> row.number(column)).sum();
    }

    /** Known values of a column, each once, in the rows' order. */
    List<String> distinct(String column) {
        return list.stream()
                .map(row -> row.text(column))
                .filter(text -> !text.isEmpty())
                .distinct()
                .toList();
    }
}
