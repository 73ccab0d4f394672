// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jopil.api.report.Report;
import org.jopil.api.source.DropStacks;
import org.jopil.stats.DropStackReports;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Style;

/** Has stacks of drops taken, waits, and shows them. One thread, one run. */
final class DropStackRun {
    static final Listing.Rules RULES = Listing.Rules.PLAIN.withSort("-packets");

    private static final long LATE_MS = 5_000;

    private final DropStacks stacks;
    private final Format format;
    private final Style style;
    private final PrintStream out;
    private final PrintStream console;

    /**
     * @param out where the answer goes
     * @param console the session's own stream, to which the shell does not hand on a flush of {@code out}
     */
    DropStackRun(DropStacks stacks, Format format, Style style, PrintStream out, PrintStream console) {
        this.stacks = stacks;
        this.format = format;
        this.style = style;
        this.out = out;
        this.console = console;
    }

    /** Ends with the time, or with what was taken so far when the thread is interrupted. */
    void run(Listing listing, Duration length) throws Exception {
        DropStacks.Period period = stacks.take(length);
        if (format == Format.TEXT) {
            long left =
                    Math.max(0, Duration.between(Instant.now(), period.end()).toSeconds() + 1);
            out.println("Stacks of drops are taken for " + left + " s; every drop costs some microseconds meanwhile.");
            out.flush();
            console.flush();
        }
        DropStacks.Period taken = await(period);
        Report report = DropStackReports.stacks(listing.query(), taken);
        if (format == Format.TEXT) {
            table(report);
            conclude(taken, report);
        } else {
            Answers.write(report, format, style, out);
            if (format == Format.JSON) {
                out.println();
            }
        }
    }

    private DropStacks.Period await(DropStacks.Period period) {
        DropStacks.Period latest = period;
        Instant late = period.end().plusMillis(LATE_MS);
        try {
            while (latest.running() && Instant.now().isBefore(late)) {
                long leftMs = Duration.between(Instant.now(), period.end()).toMillis();
                TimeUnit.MILLISECONDS.sleep(Math.max(50, leftMs));
                latest = stacks.latest().orElse(latest);
            }
        } catch (InterruptedException enough) {
            latest = stacks.latest().orElse(latest);
        }
        return latest;
    }

    /** A stack a paragraph: forty functions are no cell. */
    private void table(Report report) {
        int reason = report.indexOf("reason");
        int packets = report.indexOf("packets");
        int stack = report.indexOf("stack");
        for (Object[] row : report.rows()) {
            out.println();
            out.println(row[packets] + " packets, " + row[reason]);
            ((List<?>) row[stack]).forEach(frame -> out.println("    " + frame));
        }
        out.println();
    }

    private void conclude(DropStacks.Period period, Report report) {
        if (period.observed() == 0) {
            out.println("Nothing was dropped meanwhile.");
            return;
        }
        out.println(period.observed() + " packets were dropped meanwhile, " + period.taken() + " of them looked at.");
        if (period.noRoom() > 0) {
            out.println(period.noRoom() + " had stacks for which there was no room beside the others.");
        }
        if (report.rows().size() < report.unfiltered()) {
            out.println("Shown: " + report.rows().size() + " of " + report.unfiltered() + " stacks.");
        }
    }
}
