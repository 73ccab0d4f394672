// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jopil.web.Caller;
import org.jopil.web.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {
    @TempDir
    Path data;

    /** A clock that is moved by hand. */
    private static final class Hands extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

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

    private final Hands clock = new Hands();

    private String read(String name) throws IOException {
        return Files.readString(data.resolve(name)).strip();
    }

    private static void eventually(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within 5 s");
            Thread.sleep(10);
        }
    }

    @Test
    void shouldMakeTwoPrivateTokensOnceAndKeepThem() throws IOException {
        Tokens tokens = new Tokens(data);
        assertEquals(43, read("token").length());
        assertNotEquals(read("token"), read("token.viewer"));
        for (String name : new String[] {"token", "token.viewer"}) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(name))));
        }
        assertEquals(Role.ADMIN, tokens.roleOf(read("token")));
        assertEquals(Role.VIEWER, tokens.roleOf(read("token.viewer")));
        String before = read("token");
        assertEquals(Role.ADMIN, new Tokens(data).roleOf(before));
    }

    @Test
    void shouldRefuseEverythingElse() throws IOException {
        Tokens tokens = new Tokens(data);
        String token = read("token");
        for (String wrong :
                new String[] {"", " ", token.substring(1), token + "x", token.toUpperCase(Locale.ROOT) + "x", "null"}) {
            assertEquals(Role.ANYONE, tokens.roleOf(wrong), wrong);
        }
    }

    @Test
    void shouldEndTheOldTokenAndItsSessionsWhenRotated() throws IOException {
        Tokens tokens = new Tokens(data);
        Sessions sessions = new Sessions(tokens, clock);
        String viewer = read("token.viewer");
        Caller viewing =
                sessions.verify(sessions.open(Role.VIEWER).orElseThrow()).orElseThrow();
        Caller ruling = sessions.verify(sessions.open(Role.ADMIN).orElseThrow()).orElseThrow();
        String fresh = tokens.rotate(Role.VIEWER);
        assertEquals(Role.ANYONE, tokens.roleOf(viewer));
        assertEquals(Role.VIEWER, tokens.roleOf(fresh));
        assertEquals(fresh, read("token.viewer"));
        assertFalse(viewing.valid().getAsBoolean());
        assertTrue(ruling.valid().getAsBoolean());
    }

    @Test
    void shouldNoticeAChangedAndAMissingFile() throws IOException, InterruptedException {
        Tokens tokens = new Tokens(data);
        String own = "my-own-token-of-more-than-32-characters";
        Files.writeString(data.resolve("token"), own + "\n");
        eventually(() -> tokens.roleOf(own) == Role.ADMIN);
        Files.delete(data.resolve("token"));
        eventually(() -> tokens.roleOf(own) == Role.ANYONE);
        Files.writeString(data.resolve("token"), "short\n");
        Files.writeString(data.resolve("token.viewer"), own);
        eventually(() -> tokens.roleOf(own) == Role.VIEWER);
        assertEquals(Role.ANYONE, tokens.roleOf("short"));
    }

    @Test
    void shouldTakeAFileThatOthersCanReadAwayFromThem() throws IOException {
        Files.writeString(data.resolve("token"), "a-token-that-somebody-wrote-by-hand-here");
        Files.setPosixFilePermissions(data.resolve("token"), PosixFilePermissions.fromString("rw-r--r--"));
        new Tokens(data);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("token"))));
    }

    @Test
    void shouldKeepASessionOverARestartUntilItEnds() {
        String cookie = new Sessions(new Tokens(data), clock).open(Role.ADMIN).orElseThrow();
        Sessions restarted = new Sessions(new Tokens(data), clock);
        assertEquals(Optional.of(Role.ADMIN), restarted.verify(cookie).map(Caller::role));
        clock.now = clock.now.plus(Sessions.LIFETIME);
        assertEquals(Optional.empty(), restarted.verify(cookie));
    }

    @Test
    void shouldNotAcceptAForgedSession() {
        Sessions sessions = new Sessions(new Tokens(data), clock);
        String cookie = sessions.open(Role.VIEWER).orElseThrow();
        for (String forged : new String[] {
            cookie.replace("viewer", "admin"),
            cookie.substring(0, cookie.length() - 1),
            cookie + ".x",
            cookie.replaceFirst("\\.\\d+\\.", ".99999999999."),
            "admin.99999999999.x.",
            "a.b.c.d",
            "...",
            "",
            "x".repeat(5000)
        }) {
            assertEquals(Optional.empty(), sessions.verify(forged), forged);
        }
    }

    @Test
    void shouldEndASessionThatSignedOut() {
        Sessions sessions = new Sessions(new Tokens(data), clock);
        String cookie = sessions.open(Role.ADMIN).orElseThrow();
        String other = sessions.open(Role.ADMIN).orElseThrow();
        Caller caller = sessions.verify(cookie).orElseThrow();
        sessions.close(cookie);
        assertFalse(caller.valid().getAsBoolean());
        assertTrue(sessions.verify(other).isPresent());
    }

    @Test
    void shouldTakeATicketOnceAndInTime() {
        Tickets tickets = new Tickets(clock);
        String ticket = tickets.issue(Role.ADMIN);
        assertEquals(Optional.of(Role.ADMIN), tickets.redeem(ticket));
        assertEquals(Optional.empty(), tickets.redeem(ticket));
        String late = tickets.issue(Role.VIEWER);
        clock.now = clock.now.plus(Tickets.LIFETIME);
        assertEquals(Optional.empty(), tickets.redeem(late));
    }

    @Test
    void shouldHoldUpTheSixthWrongTokenOfAMinute() {
        LoginLimit limit = new LoginLimit(clock);
        for (int i = 0; i < LoginLimit.ATTEMPTS; i++) {
            assertEquals(Duration.ZERO, limit.wait("10.0.0.1"));
            limit.failed("10.0.0.1");
            clock.now = clock.now.plusSeconds(1);
        }
        assertEquals(Duration.ofSeconds(55), limit.wait("10.0.0.1"));
        assertEquals(Duration.ZERO, limit.wait("10.0.0.2"));
        clock.now = clock.now.plusSeconds(55);
        assertEquals(Duration.ZERO, limit.wait("10.0.0.1"));
    }
}
