// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Query;

/**
 * What is asked of a list: the query, the fields, and whether it shall go on.
 *
 * @param query for the report
 * @param fields wanted, empty for all
 * @param follow whether new rows are sent as they come
 */
public record Listing(Query query, List<String> fields, boolean follow) {
    /** Most rows of one answer: about 100 MB of heap while it is under way. */
    public static final int MAX_LIMIT = 100_000;

    /** Up to so many rows an answer is not large. */
    private static final int SMALL = 10_000;

    private static final int LARGE_WAITS_S = 20;

    /** Rows of all large answers under way. */
    private static final Semaphore LARGE = new Semaphore(MAX_LIMIT, true);

    private static final Set<String> NAMES = new LinkedHashSet<>(
            List.of("filter", "sort", "limit", "offset", "since", "until", "by", "last", "fields", "format"));

    /**
     * What a list can do beside filter, sort, limit and fields.
     *
     * @param sort the order when none is asked for, empty for the report's own
     * @param limit rows when nobody says how many
     * @param newestFirst sort by which the newest rows come first, for {@code last}; empty if rows have no time
     * @param follows whether it can be followed
     * @param own whether rows of one's own session are left out unless {@code own} is asked for
     */
    public record Rules(String sort, int limit, Optional<String> newestFirst, boolean follows, boolean own) {
        /** A short list of things that are, not of things that happen. */
        public static final Rules PLAIN = new Rules("", 1000, Optional.empty(), false, false);

        public Rules withSort(String order) {
            return new Rules(order, limit, newestFirst, follows, own);
        }

        public Rules withLimit(int rows) {
            return new Rules(sort, rows, newestFirst, follows, own);
        }

        /** Names of the parameters that are understood. */
        public Set<String> names() {
            Set<String> names = new LinkedHashSet<>(NAMES);
            if (newestFirst.isEmpty()) {
                names.remove("last");
            }
            if (follows) {
                names.add("follow");
            }
            if (own) {
                names.add("own");
            }
            return names;
        }
    }

    /**
     * Reads a question.
     *
     * @param filters null while the filter service is away: a filter is then refused, all else works
     * @throws JopilException {@code JOPIL-400} names the parameter, {@code JOPIL-131} the column of a
     *     filter's mistake
     */
    public static Listing parse(Parameters given, Rules rules, Filters filters, Instant now) {
        given.allow(rules.names());
        int limit = given.integer("limit", rules.limit(), 0, MAX_LIMIT);
        Query query = Query.first(limit).withOffset(given.integer("offset", 0, 0, Integer.MAX_VALUE));
        Optional<String> sort = given.text("sort");
        Optional<String> last = given.text("last");
        if (last.isPresent()) {
            if (sort.isPresent() || given.text("limit").isPresent()) {
                throw Parameters.bad("last", last.get(), "given without sort and limit: it is the newest N rows");
            }
            int rows = given.integer("last", 0, 1, MAX_LIMIT);
            query = Query.first(rows).withOffset(query.offset());
            sort = rules.newestFirst();
        }
        String order = sort.orElse(rules.sort());
        if (!order.isEmpty()) {
            query = query.withSort(order);
        }
        query = query.withWindow(
                given.time("since", now).orElse(0L), given.time("until", now).orElse(Long.MAX_VALUE));
        if (given.text("by").isPresent()) {
            query = query.withBy(given.text("by").get());
        }
        Filter filter = filter(given.text("filter").orElse(""), filters).orElse(null);
        if (rules.own() && !given.flag("own")) {
            filter = new NotOwn(Optional.ofNullable(filter));
        }
        if (filter != null) {
            query = query.withFilter(filter);
        }
        return new Listing(query, given.list("fields"), rules.follows() && given.flag("follow"));
    }

    /** Asks for an answer and writes it. */
    @FunctionalInterface
    public interface Answering<E extends Exception> {
        void run() throws E;
    }

    /**
     * Has a listing answered: large ones when there is room in the heap for them, one after the other.
     *
     * @throws JopilException {@code JOPIL-503} if others are at it for 20 s
     */
    public <E extends Exception> void answer(Answering<E> answering) throws E {
        int rows = query.limit() <= SMALL ? 0 : Math.min(query.limit(), MAX_LIMIT);
        if (!reserve(rows)) {
            throw new JopilException(
                    "JOPIL-503",
                    503,
                    "Other large lists are being answered",
                    "Together they have at most " + MAX_LIMIT
                            + " rows. Try again in a few seconds, or ask for fewer: limit=" + SMALL + " never waits.");
        }
        try {
            answering.run();
        } finally {
            LARGE.release(rows);
        }
    }

    private static boolean reserve(int rows) {
        try {
            return LARGE.tryAcquire(rows, LARGE_WAITS_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Empty for a blank text; {@code JOPIL-131} for a mistake. */
    public static Optional<Filter> filter(String text, Filters filters) {
        if (text.isBlank()) {
            return Optional.empty();
        }
        if (filters == null) {
            throw new JopilException(
                    "JOPIL-503",
                    503,
                    "Filters are not ready",
                    "The filter service is not running (yet). Ask without a filter, or try again in a second.");
        }
        try {
            return Optional.of(filters.parse(text));
        } catch (FilterException e) {
            throw Problem.ofFilter(e);
        }
    }

    public Listing withQuery(Query other) {
        return new Listing(other, fields, follow);
    }
}
