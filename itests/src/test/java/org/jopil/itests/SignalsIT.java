// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways to end. */
class SignalsIT {
    private static final Duration LIMIT = Duration.ofSeconds(15);

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void shouldDetachAndEndWithZero(String signal) {
        Instance jopil = Instance.on("lo").start();
        assertTrue(Bpf.programs(jopil.pid()) > 0, "something is attached");
        long pid = jopil.pid();
        jopil.signal(signal);
        assertEquals(0, jopil.awaitEnd(LIMIT), jopil.output());
        assertTrue(jopil.output().endsWith("Stopped.\n"), jopil.output());
        assertFalse(ProcessHandle.of(pid).isPresent());
        assertFalse(Files.exists(jopil.data().resolve("run/http")));
        assertFalse(Files.exists(jopil.data().resolve("run/shell_key")));
    }

    @Test
    void shouldStopByVerb() {
        Instance jopil = Instance.on("lo").start();
        assertEquals("Stopped.\n", jopil.verb("stop").orFail().out());
        assertEquals(0, jopil.awaitEnd(LIMIT));
        Command.Result again = jopil.verb("stop").orFail();
        assertTrue(again.out().contains("No JOPIL runs"), again.text());
    }

    @Test
    void shouldEndAtOnceOnASecondSignal() {
        Instance jopil = Instance.on("lo").start();
        long pid = jopil.pid();
        // a JVM that hangs: it can't answer the first one
        Command.run("kill", "-STOP", "" + pid).orFail();
        jopil.signal("INT");
        Instance.await(LIMIT, "the JVM to be asked to end", () -> isAskedToEnd(pid));
        Command.run("sleep", "0.8").orFail(); // two signals at once are one wish
        jopil.signal("INT");
        assertEquals(1, jopil.awaitEnd(Duration.ofSeconds(5)), jopil.output());
        assertTrue(jopil.output().contains("killed"), jopil.output());
        assertFalse(ProcessHandle.of(pid).isPresent());
    }

    /** SIGTERM is pending: a process that is stopped does not take it. */
    private static boolean isAskedToEnd(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .filter(line -> line.startsWith("ShdPnd:"))
                    .anyMatch(line -> (Long.parseLong(line.substring(7).strip(), 16) & 1 << 14) != 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldSayThatItsJvmWasKilledAndStartAgainOnTheSameData() {
        Instance jopil = Instance.on("lo").start();
        jopil.killJvm();
        assertEquals(1, jopil.awaitEnd(LIMIT), jopil.output());
        assertTrue(jopil.output().contains("ended unexpectedly"), jopil.output());
        try (Instance again = Instance.on("lo").data(jopil.data()).start()) {
            System.out.println("start after kill -9: " + again.startMillis() + " ms");
            assertEquals("up", again.get("/api/health").json().path("status").asText());
        }
    }

    @Test
    void shouldDetachWhenTheLauncherIsKilled() {
        Instance jopil = Instance.on("lo").start();
        long pid = jopil.pid();
        jopil.signal("KILL");
        Instance.await(LIMIT, "the JVM to end", () -> !ProcessHandle.of(pid).isPresent());
        Instance.on("lo").data(jopil.data()).start().close();
    }
}
