// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way with few packets: it is exact, it writes its results, it leaves nothing. No speed is asserted. */
@Tag("long")
class BenchIT {
    @Test
    void shouldMeasureTheDistributionAndLeaveNothing(@TempDir Path folder) {
        Path root = Path.of(System.getProperty("jopil.root"));
        Path target = Path.of(System.getProperty("jopil.work"));
        Commands.run("make", "-s", "-C", root.resolve("bench/load").toString()).orFail();
        Path work = folder.resolve("work");
        assertTrue(work.toFile().mkdir());
        Path out = folder.resolve("out");
        String said = Commands.run(
                        Duration.ofMinutes(10),
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-Djava.awt.headless=true",
                                "-Djava.io.tmpdir=" + work,
                                "-cp",
                                target + "/*:" + target + "/lib/*",
                                Bench.class.getName(),
                                "--distribution",
                                System.getProperty("jopil.distribution"),
                                "--load",
                                root.resolve("bench/load/build/load").toString(),
                                "--work",
                                work.toString(),
                                "--out",
                                out.toString(),
                                "--quick",
                                "--only",
                                "jopil",
                                "--packets",
                                "20000"))
                .orFail()
                .out();
        Results results = Results.read(out.resolve("results.json"));
        assertEquals(List.of(), results.notes(), said);
        assertEquals(4, results.loads().size(), said);
        for (String load : results.loads()) {
            assertEquals(1, results.seen(load, Budgets.JOPIL, Budgets.DEFAULT).median(), said);
            assertEquals(
                    1, results.flowsRight(load, Budgets.JOPIL, Budgets.DEFAULT).median(), said);
        }
        assertTrue(Files.exists(out.resolve("results.txt")) && Files.exists(out.resolve("results.md")));
        assertFalse(Commands.run("ip", "netns", "list").out().contains("jopil-bench"));
    }
}
