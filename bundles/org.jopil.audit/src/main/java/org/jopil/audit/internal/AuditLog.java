// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.HealthCheck;
import org.jopil.audit.Audit;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code DATA/log/audit.jsonl}, and who is on which line of it. */
@Component(service = {Audit.class, HealthCheck.class})
public final class AuditLog implements Audit, HealthCheck {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final long MOST_BYTES = 8 << 20;
    private static final int REFUSED_A_MINUTE = 60;
    private static final int MOST_READ = 100_000;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Clock clock;
    private final LogFiles files;
    private long sequence;
    private String previous = Line.BEGIN;
    private Instant minute = Instant.EPOCH;
    private int refused;
    private long notWritten;
    private String problem = "";

    @Activate
    public AuditLog(BundleContext context) {
        this(Path.of(context.getProperty("jopil.data")).resolve("log/audit.jsonl"), MOST_BYTES, Clock.systemUTC());
        record(event("start", "pid " + ProcessHandle.current().pid() + ", user " + System.getProperty("user.name")));
    }

    AuditLog(Path file, long mostBytes, Clock clock) {
        this.clock = clock;
        this.files = new LogFiles(file, mostBytes);
        try {
            for (String text : files.end()) {
                Line.read(text).ifPresent(line -> {
                    sequence = line.sequence();
                    previous = line.hash();
                });
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    @Deactivate
    synchronized void deactivate() throws IOException {
        record(event("stop", "pid " + ProcessHandle.current().pid()));
        endMinute();
        files.close();
    }

    private static Event event(String action, String what) {
        return new Event("jopil", "", action, what, Event.DONE);
    }

    @Override
    public synchronized void record(Event event) {
        if (!clock.instant().isBefore(minute.plus(MINUTE))) {
            endMinute();
            minute = clock.instant();
        }
        if (event.result().equals(Event.REFUSED) && ++refused > REFUSED_A_MINUTE) {
            return;
        }
        write(event);
    }

    private void endMinute() {
        int left = refused - REFUSED_A_MINUTE;
        refused = 0;
        if (left > 0) {
            write(new Event("jopil", "", "refused", left + " more in the minute from " + minute, Event.REFUSED));
        }
    }

    private void write(Event event) {
        Line line = Line.of(clock.instant(), sequence + 1, event, previous);
        try {
            files.append(line.text());
            sequence = line.sequence();
            previous = line.hash();
        } catch (IOException e) {
            fail(e);
        }
    }

    private void fail(IOException e) {
        if (notWritten++ == 0) {
            LOG.error("The audit log can't be written", e);
        }
        problem = e.toString();
    }

    @Override
    public synchronized Report read(Query query) throws FilterException {
        Deque<Line> newest = new ArrayDeque<>();
        try {
            files.forEach(text -> Line.read(text).ifPresent(line -> {
                newest.addFirst(line);
                if (newest.size() > MOST_READ) {
                    newest.removeLast();
                }
            }));
        } catch (IOException e) {
            fail(e);
        }
        Report.Builder report = Report.of(
                query.sort().isPresent() ? query : query.withSort("-sequence"), COLUMNS.toArray(Column[]::new));
        for (Line line : newest) {
            Event event = line.event();
            report.row(
                    line.time().getEpochSecond() * 1_000_000_000L + line.time().getNano(),
                    line.sequence(),
                    event.who(),
                    event.from().isEmpty() ? null : event.from(),
                    event.action(),
                    event.what(),
                    event.result());
        }
        return report.build();
    }

    @Override
    public synchronized Verdict verify() {
        Follower follower = new Follower();
        try {
            files.forEach(follower::follow);
        } catch (IOException e) {
            return new Verdict(follower.lines, false, "The files can't be read: " + e);
        }
        return follower.verdict(sequence);
    }

    /** Follows the chain. */
    private static final class Follower {
        private long lines;
        private Line last;
        private String broken = "";

        void follow(String text) {
            lines++;
            Line line = Line.read(text).orElse(null);
            if (line == null) {
                breaks("line " + lines + " of what is kept was changed or is torn");
            } else if (last != null
                    && !(line.previous().equals(last.hash()) && line.sequence() == last.sequence() + 1)) {
                breaks("between the entries " + last.sequence() + " and " + line.sequence() + " something is missing");
            }
            last = line == null ? last : line;
        }

        private void breaks(String where) {
            if (broken.isEmpty()) {
                broken = where;
            }
        }

        Verdict verdict(long expected) {
            long reached = last == null ? 0 : last.sequence();
            if (reached != expected) {
                breaks("after entry " + reached + " of " + expected + " something is missing");
            }
            return new Verdict(
                    lines,
                    broken.isEmpty(),
                    broken.isEmpty() ? "The chain is whole." : "The chain is broken: " + broken + ".");
        }
    }

    @Override
    public String name() {
        return "audit";
    }

    @Override
    public synchronized Result check() {
        return notWritten == 0
                ? new Result(Status.UP, sequence + " entries.")
                : new Result(
                        Status.DEGRADED,
                        notWritten + " entries of the audit log could not be written: " + problem
                                + ". Make room for log/audit.jsonl.");
    }
}
