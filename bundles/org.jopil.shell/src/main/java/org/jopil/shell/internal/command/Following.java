// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Newer;
import org.jopil.web.render.Style;

/**
 * Writes rows as they come, oldest first, until the thread is interrupted, the reader has gone, or enough were written.
 * What is new is found by the rising {@code id} of samples, else by the time at which a row last changed.
 */
final class Following {
    /** Makes the rows. */
    @FunctionalInterface
    interface Source {
        Report report(Query query) throws Exception;
    }

    private static final int MOST_AT_ONCE = 5_000;
    private static final long QUIET_NS = 15_000_000_000L;

    private final Source source;
    private final Query query;
    private final Format format;
    private final Style style;
    private final PrintStream out;
    private final PrintStream console;
    private FollowTable table;
    private boolean begun;

    /**
     * @param out where the rows go
     * @param console the session's own stream: between the two stands the shell, which hands on neither a flush nor
     *     the news that the reader has gone
     */
    Following(Source source, Query query, Format format, Style style, PrintStream out, PrintStream console) {
        this.source = source;
        this.query = query;
        this.format = format;
        this.style = style;
        this.out = out;
        this.console = console;
    }

    /**
     * Goes on.
     *
     * @param limited whether the query's limit ends it
     * @param withNewest whether the newest rows that there are already come first
     */
    void run(boolean limited, boolean withNewest) throws Exception {
        Report start = source.report(withNewest ? query : limited(1));
        boolean byId = start.indexOf("timestamp_ns") >= 0;
        String field = byId ? "id" : "last_seen";
        long newest = byId ? largest(start, field, -1) : Instant.now().toEpochMilli() * 1_000_000;
        long rows = withNewest ? write(start, Integer.MAX_VALUE) : 0;
        long most = limited ? query.limit() : Long.MAX_VALUE;
        long quietSince = System.nanoTime();
        // nothing to write yet, but the reader shall know that we are there
        flush();
        try {
            while (rows < most && !hasGone()) {
                Thread.sleep(byId ? 200 : 1000);
                Report report = source.report(
                        limited(MOST_AT_ONCE).withFilter(new Newer(field, newest, Long.MAX_VALUE, query.filter())));
                newest = largest(report, field, newest);
                if (!report.rows().isEmpty()) {
                    rows += write(report, most - rows);
                    quietSince = System.nanoTime();
                } else if (System.nanoTime() - quietSince > QUIET_NS) {
                    out.println(format == Format.TEXT ? "-- no " + style.noun() + " for 15 s" : "");
                    flush();
                    quietSince = System.nanoTime();
                }
            }
        } catch (InterruptedException end) {
            // Ctrl-C ends the command, and the thread goes on with the prompt
            flush();
        }
    }

    private void flush() {
        out.flush();
        console.flush();
    }

    private boolean hasGone() {
        return out.checkError() || console.checkError();
    }

    private Query limited(int rows) {
        return new Query(
                query.filter(),
                query.sort(),
                query.descending(),
                rows,
                0,
                query.sinceNs(),
                query.untilNs(),
                Optional.empty());
    }

    private static long largest(Report report, String field, long atLeast) {
        int index = report.indexOf(field);
        long largest = atLeast;
        for (Object[] row : report.rows()) {
            largest = Math.max(largest, index < 0 || row[index] == null ? atLeast : (Long) row[index]);
        }
        return largest;
    }

    private int write(Report report, long most) throws IOException {
        List<Object[]> ascending = new ArrayList<>(report.rows());
        Collections.reverse(ascending);
        int many = (int) Math.min(ascending.size(), most);
        Report.Builder rows = Report.of(report.columns().toArray(Column[]::new));
        ascending.subList(0, many).forEach(rows::row);
        Report part = rows.asOf(report.asOf()).build().named(report.name());
        switch (format) {
            case TEXT -> {
                table = table == null ? new FollowTable(part.columns(), style) : table;
                table.write(part.rows(), out);
            }
            case CSV -> csv(part);
            default -> Answers.lines(part, format, style, out);
        }
        flush();
        return many;
    }

    /** The header comes once. */
    private void csv(Report part) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        Answers.write(part, Format.CSV, style, whole);
        String text = whole.toString(StandardCharsets.UTF_8);
        out.write(text.substring(begun ? text.indexOf('\n') + 1 : 0).getBytes(StandardCharsets.UTF_8));
        begun = true;
    }
}
