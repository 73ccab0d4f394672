// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.report;

import java.util.Optional;
import org.jopil.api.filter.Filter;

/**
 * What is asked of a report. Immutable.
 *
 * @param filter empty matches everything
 * @param sort column to sort by, empty for the report's own order
 * @param descending largest first
 * @param limit most rows to return, at least 0
 * @param offset rows to leave out before
 * @param sinceNs earliest time wanted, nanoseconds since the epoch, 0 = no limit
 * @param untilNs latest time wanted, {@link Long#MAX_VALUE} = no limit
 * @param by column to group by, empty = no grouping
 */
public record Query(
        Optional<Filter> filter,
        Optional<String> sort,
        boolean descending,
        int limit,
        int offset,
        long sinceNs,
        long untilNs,
        Optional<String> by) {

    /** Rows returned when nobody says how many. */
    public static final int DEFAULT_LIMIT = 100;

    public Query {
        if (limit < 0 || offset < 0) {
            throw new IllegalArgumentException("limit and offset must not be negative: " + limit + ", " + offset);
        }
    }

    /** Everything, in the report's own order, at most {@code limit} rows. */
    public static Query first(int limit) {
        return new Query(Optional.empty(), Optional.empty(), false, limit, 0, 0, Long.MAX_VALUE, Optional.empty());
    }

    public Query withFilter(Filter wanted) {
        return new Query(Optional.of(wanted), sort, descending, limit, offset, sinceNs, untilNs, by);
    }

    /** {@code -bytes} sorts by bytes, largest first. */
    public Query withSort(String wanted) {
        boolean minus = wanted.startsWith("-");
        return new Query(
                filter, Optional.of(minus ? wanted.substring(1) : wanted), minus, limit, offset, sinceNs, untilNs, by);
    }

    public Query withOffset(int wanted) {
        return new Query(filter, sort, descending, limit, wanted, sinceNs, untilNs, by);
    }

    public Query withWindow(long since, long until) {
        return new Query(filter, sort, descending, limit, offset, since, until, by);
    }

    public Query withBy(String column) {
        return new Query(filter, sort, descending, limit, offset, sinceNs, untilNs, Optional.of(column));
    }
}
