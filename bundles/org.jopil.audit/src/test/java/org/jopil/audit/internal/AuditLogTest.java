// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.HealthCheck;
import org.jopil.audit.Audit;
import org.jopil.audit.Audit.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditLogTest {
    private static final long LARGE = 1 << 20;

    /** Stands still until it is moved. */
    private static final class HandClock extends Clock {
        private Instant now = Instant.parse("2026-01-02T03:04:05.678Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    @TempDir
    Path folder;

    private final HandClock clock = new HandClock();

    private Path file() {
        return folder.resolve("log/audit.jsonl");
    }

    private AuditLog log(long mostBytes) {
        return new AuditLog(file(), mostBytes, clock);
    }

    private static Event event(String what) {
        return new Event("admin", "127.0.0.1", "command", what, Event.DONE);
    }

    private static List<Object> column(Report report, String name) {
        List<Object> values = new ArrayList<>();
        report.rows().forEach(row -> values.add(row[report.indexOf(name)]));
        return values;
    }

    @Test
    void shouldTellWhatItWasToldTheNewestFirst() throws Exception {
        AuditLog log = log(LARGE);
        log.record(event("attach lo"));
        clock.now = clock.now.plusMillis(1);
        log.record(new Event("deploy folder", "", "bundle", "installed x", Event.DONE));
        Report report = log.read(Query.first(10));
        assertEquals(List.of("installed x", "attach lo"), column(report, "what"));
        assertEquals(List.of("deploy folder", "admin"), column(report, "who"));
        assertEquals(1_767_323_045_678_000_000L, column(report, "time").get(1));
        assertEquals(null, column(report, "from").get(0));
        assertEquals(
                PosixFilePermissions.fromString("rw-------"),
                Files.getPosixFilePermissions(file()),
                "for its owner only");
        assertEquals(HealthCheck.Status.UP, log.check().status());
    }

    /** What others send must neither make a line of its own nor reach a terminal. */
    @Test
    void shouldKeepHostileTextsInTheirLine() throws Exception {
        AuditLog log = log(LARGE);
        String hostile = "a\"}\n{\"who\":\"admin\"}\r\u001b[2J\0" + "x".repeat(5000);
        log.record(event(hostile));
        log.record(event("after"));
        List<String> lines = Files.readAllLines(file());
        assertEquals(2, lines.size());
        assertFalse(lines.get(0).chars().anyMatch(c -> c < ' '), lines.get(0));
        assertEquals(
                hostile.substring(0, Line.MOST_CHARACTERS) + "…",
                column(log.read(Query.first(10)), "what").get(1));
        assertTrue(log.verify().whole(), log.verify()::toString);
    }

    @Test
    void shouldGoOnWithTheChainAfterAStartAndInTheNextFile() throws Exception {
        for (int start = 0; start < 3; start++) {
            AuditLog log = log(2000);
            for (int i = 0; i < 10; i++) {
                log.record(event("entry " + i));
            }
            log.deactivate();
        }
        AuditLog log = log(2000);
        assertEquals(new Audit.Verdict(log.verify().lines(), true, "The chain is whole."), log.verify());
        assertTrue(Files.exists(folder.resolve("log/audit.jsonl.4")));
        assertFalse(Files.exists(folder.resolve("log/audit.jsonl.5")));
        List<Object> numbers = column(log.read(Query.first(100)), "sequence");
        assertEquals(33L, numbers.get(0), "each start also told its stop");
        assertEquals(numbers.size(), log.verify().lines());
        for (int i = 1; i < numbers.size(); i++) {
            assertEquals((Long) numbers.get(i - 1) - 1, numbers.get(i));
        }
    }

    private AuditLog withTen() {
        AuditLog log = log(LARGE);
        for (int i = 0; i < 10; i++) {
            log.record(event("entry " + i));
        }
        return log;
    }

    private void write(List<String> lines) throws Exception {
        Files.writeString(file(), String.join("\n", lines) + "\n");
    }

    @Test
    void shouldNoticeAChangedLine() throws Exception {
        AuditLog log = withTen();
        List<String> lines = Files.readAllLines(file());
        lines.set(4, lines.get(4).replace("entry 4", "entry 5"));
        write(lines);
        assertEquals(
                new Audit.Verdict(10, false, "The chain is broken: line 5 of what is kept was changed or is torn."),
                log.verify());
    }

    /** With a fitting hash of its own, it does not fit to the next. */
    @Test
    void shouldNoticeALineThatWasMadeAnew() throws Exception {
        AuditLog log = withTen();
        List<String> lines = Files.readAllLines(file());
        Line old = Line.read(lines.get(4)).orElseThrow();
        lines.set(
                4,
                Line.of(old.time(), old.sequence(), event("harmless"), old.previous())
                        .text());
        write(lines);
        assertEquals(
                "The chain is broken: between the entries 5 and 6 something is missing.",
                log.verify().text());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 9})
    void shouldNoticeAMissingLine(int which) throws Exception {
        AuditLog log = withTen();
        List<String> lines = Files.readAllLines(file());
        lines.remove(which);
        write(lines);
        assertFalse(log.verify().whole());
    }

    /** The old ones go when room is made; that is no fault. */
    @Test
    void shouldNotMissTheBeginning() throws Exception {
        AuditLog log = withTen();
        write(Files.readAllLines(file()).subList(4, 10));
        assertTrue(log.verify().whole());
    }

    @Test
    void shouldGoOnAfterATornLineAndSayThatItIsTorn() throws Exception {
        withTen().deactivate();
        byte[] all = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(all, all.length - 30));
        AuditLog log = log(LARGE);
        log.record(event("after the power came back"));
        assertEquals(
                "after the power came back",
                column(log.read(Query.first(1)), "what").get(0));
        assertEquals(
                "The chain is broken: line 11 of what is kept was changed or is torn.",
                log.verify().text());
    }

    @Test
    void shouldPassOverWhatIsNoText() throws Exception {
        Files.createDirectories(file().getParent());
        Files.write(file(), "\377\376\n\n{}\n{\"hash\":\"\"}\n".getBytes(StandardCharsets.ISO_8859_1));
        AuditLog log = log(LARGE);
        log.record(event("first"));
        assertEquals(List.of("first"), column(log.read(Query.first(10)), "what"));
        assertFalse(log.verify().whole());
    }

    @Test
    void shouldCountWhatIsRefusedTooOften() throws Exception {
        AuditLog log = log(LARGE);
        for (int i = 0; i < 1000; i++) {
            log.record(new Event("anyone", "192.0.2.1", "request", "GET /api/stats", Event.REFUSED));
        }
        log.record(event("in between"));
        assertEquals(61, Files.readAllLines(file()).size());
        clock.now = clock.now.plus(Duration.ofMinutes(1));
        log.record(event("later"));
        List<Object> what = column(log.read(Query.first(100)), "what");
        assertEquals(63, what.size());
        assertEquals("940 more in the minute from 2026-01-02T03:04:05.678Z", what.get(1));
        assertTrue(log.verify().whole());
    }

    /** A full disk: the file can be opened and never written. */
    @Test
    void shouldSayThatItCannotWriteAndFailNobody() throws Exception {
        Files.createDirectories(file().getParent());
        Files.createSymbolicLink(file(), Path.of("/dev/full"));
        AuditLog log = log(LARGE);
        log.record(event("one"));
        log.record(event("two"));
        assertEquals(HealthCheck.Status.DEGRADED, log.check().status());
        assertTrue(
                log.check().message().startsWith("2 entries of the audit log could not be written"),
                log.check().message());
    }
}
