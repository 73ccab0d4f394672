// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jopil.api.JopilException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.rest.internal.Lists.Source;
import org.jopil.web.Caller;
import org.jopil.web.Exchange;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Newer;
import org.jopil.web.render.Style;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests that go on. Each has a thread of its own, since its writes wait for the client; they are few, so that many
 * slow clients cannot take the server's threads. Any thread.
 */
final class Followers {
    static final int MOST = 32;

    private static final Logger LOG = LoggerFactory.getLogger(Followers.class);
    private static final long LOOK_EVERY_MS = 200;
    private static final int CHUNK = 5000;
    /** A client that has gone is noticed only by writing to it. */
    private static final long SIGN_OF_LIFE_NS = 15_000_000_000L;

    private final AtomicInteger count = new AtomicInteger();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    void follow(Exchange exchange, Query query, int rows, boolean newestFirst, Style style, Source source)
            throws IOException {
        if (count.incrementAndGet() > MOST) {
            count.decrementAndGet();
            throw new JopilException(
                    "JOPIL-503", 503, "Too many followers", "At most " + MOST + " requests can follow at a time.");
        }
        Follower follower;
        try {
            follower = new Follower(query, rows, newestFirst, exchange.format(), style, source, exchange.caller());
        } catch (RuntimeException e) {
            count.decrementAndGet();
            throw e;
        }
        exchange.begin(200, exchange.format().contentType());
        exchange.response().flushBuffer();
        AsyncContext async = exchange.request().startAsync();
        async.setTimeout(0);
        Thread thread = new Thread(() -> run(follower, async), "jopil-follow");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void run(Follower follower, AsyncContext async) {
        try {
            follower.run(async.getResponse().getOutputStream());
        } catch (IOException | InterruptedException clientOrServerGone) {
            LOG.debug("A follower has gone", clientOrServerGone);
        } catch (Exception e) {
            LOG.warn("A follower ended", e);
        } finally {
            threads.remove(Thread.currentThread());
            count.decrementAndGet();
            async.complete();
        }
    }

    void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }

    /**
     * Sends the rows that are newer than those sent: by a rising number where rows have one ({@code id}), else by the
     * time at which they last changed.
     */
    private final class Follower {
        private final Query query;
        private final int rows;
        private final boolean newestFirst;
        private final Format format;
        private final Style style;
        private final Source source;
        private final Caller caller;
        private long sent;

        Follower(Query query, int rows, boolean newestFirst, Format format, Style style, Source source, Caller caller) {
            this.query = query;
            this.rows = rows;
            this.newestFirst = newestFirst;
            this.format = format;
            this.style = style;
            this.source = source;
            this.caller = caller;
        }

        void run(OutputStream out) throws Exception {
            Report start = source.report(newestFirst ? query : limited(query, 1));
            String field = field(start);
            long newest = largest(start, field, Long.MIN_VALUE);
            if (field.equals("last_seen")) {
                Instant now = Instant.now();
                newest = now.getEpochSecond() * 1_000_000_000L + now.getNano();
            }
            if (newestFirst) {
                write(start, out);
            }
            long lastWriteNs = System.nanoTime();
            while (sent < rows && !closed && caller.valid().getAsBoolean()) {
                Thread.sleep(field.equals("id") ? LOOK_EVERY_MS : 1000);
                Report report = source.report(
                        limited(query, CHUNK).withFilter(new Newer(field, newest, Long.MAX_VALUE, query.filter())));
                newest = largest(report, field, newest);
                if (!report.rows().isEmpty()) {
                    write(report, out);
                    lastWriteNs = System.nanoTime();
                } else if (System.nanoTime() - lastWriteNs > SIGN_OF_LIFE_NS) {
                    out.write('\n');
                    out.flush();
                    lastWriteNs = System.nanoTime();
                }
            }
        }

        /** Oldest first, as a log reads. */
        private void write(Report report, OutputStream out) throws IOException {
            List<Object[]> ascending = new ArrayList<>(report.rows());
            Collections.reverse(ascending);
            int many = (int) Math.min(ascending.size(), rows - sent);
            Report.Builder lines = Report.of(report.columns().toArray(Column[]::new));
            ascending.subList(0, many).forEach(lines::row);
            Answers.lines(lines.asOf(report.asOf()).build().named(report.name()), format, style, out);
            out.flush();
            sent += many;
        }

        private static Query limited(Query query, int limit) {
            return new Query(
                    query.filter(),
                    query.sort(),
                    query.descending(),
                    limit,
                    0,
                    query.sinceNs(),
                    query.untilNs(),
                    Optional.empty());
        }

        private static String field(Report report) {
            int id = report.indexOf("id");
            return id >= 0
                            && report.columns().get(id).type() == Column.Type.NUMBER
                            && report.indexOf("timestamp_ns") >= 0
                    ? "id"
                    : "last_seen";
        }

        private static long largest(Report report, String field, long atLeast) {
            int index = report.indexOf(field);
            long largest = atLeast;
            for (Object[] row : report.rows()) {
                largest = Math.max(largest, index < 0 || row[index] == null ? atLeast : (Long) row[index]);
            }
            return largest;
        }
    }
}
