// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever ends the demo, nothing is left of it, and the machine's own network never knew. */
class DemoEndsIT {
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void shouldTakeEverythingAway(String signal) {
        String network = network();
        Demo demo = Demo.start(signal.equals("INT") ? new String[0] : new String[] {"--healthy"});
        assertEquals(network, network());
        String faults = Demo.verb("faults").orFail().out();
        assertEquals(
                3,
                faults.lines()
                        .filter(line -> line.contains(signal.equals("INT") ? " on " : " off "))
                        .count(),
                faults);
        demo.signal(signal);
        assertEquals(0, demo.awaitEnd(), demo::output);
        assertEquals(List.of(), demo.remains());
        assertTrue(
                demo.output().endsWith("The demo is gone: its namespaces, its processes, its data.\n"), demo::output);
        assertEquals(network, network());
    }

    @Test
    void shouldTakeEverythingAwayWhenItsLauncherIsKilled() {
        Demo demo = Demo.start();
        long pid = demo.pid();
        demo.signal("KILL");
        Instance.await(Duration.ofSeconds(20), "everything to be gone", () -> demo.remains()
                .isEmpty());
        Instance.await(Duration.ofSeconds(5), "the JVM's end", () -> ProcessHandle.of(pid)
                .isEmpty());
        // and what comes next finds no trace of it
        Demo.start().close();
    }

    @Test
    void shouldKeepTheDataDirectoryThatItWasGiven() {
        Demo demo = Demo.start("--data", Instance.newData().toString());
        demo.signal("TERM");
        assertEquals(0, demo.awaitEnd(), demo::output);
        assertEquals(List.of(demo.data().toString()), demo.remains());
        assertTrue(Files.exists(demo.data().resolve("log/jopil.log")));
    }

    @Test
    void shouldSaySoWhenNoDemoRuns() {
        for (List<String> words :
                List.of(List.of("faults"), List.of("hint", "1"), List.of("fault", "firewall", "off"))) {
            Command.Result result = Demo.verb(words.toArray(String[]::new));
            assertEquals(4, result.status(), result::text);
            assertEquals(3, result.err().lines().count(), result::text);
            assertTrue(result.err().startsWith("jopil: no demo runs"), result::text);
            assertTrue(result.err().contains("sudo jopil demo"), result::text);
        }
    }

    /** Interfaces, addresses, routes and firewall rules outside the demo's namespaces. */
    private static String network() {
        return Command.run("ip", "-br", "link").orFail().out()
                + Command.run("ip", "-br", "addr").orFail().out()
                + Command.run("ip", "route").orFail().out()
                + Command.run("ip", "-6", "route").orFail().out()
                + Command.run("nft", "list", "ruleset").orFail().out();
    }
}
