// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jopil.fuzz.Coverage;
import org.jopil.fuzz.Fuzzer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code -Djopil.fuzz=SECONDS} fuzzes every target for as long; {@code -Djopil.fuzz.target=REGEX} those alone. */
class FuzzRunTest {
    private static final int PLANTED_SECONDS = 15;
    private static final List<Fuzzer.Result> RESULTS = new ArrayList<>();

    @TempDir
    Path folder;

    static Stream<String> targets() {
        String wanted = System.getProperty("jopil.fuzz.target", ".*");
        return FuzzTargets.ALL.keySet().stream().filter(target -> target.matches(wanted));
    }

    @ParameterizedTest
    @MethodSource("targets")
    @EnabledIfSystemProperty(named = "jopil.fuzz", matches = "[0-9]+")
    void shouldStandTheFuzzer(String target) throws Exception {
        Fuzzer.Result result = new Fuzzer(folder, FuzzTargets.class, target)
                .run(Integer.getInteger("jopil.fuzz"), DetectorFuzzTest.seeds());
        assertEquals(0, result.status(), result::log);
        System.out.printf("fuzzed, %-10s %s%n", target, result.text());
        RESULTS.add(result);
    }

    @AfterAll
    static void sum() {
        if (!RESULTS.isEmpty()) {
            System.out.printf(
                    "fuzzed, %d targets: %d runs, %s%n",
                    RESULTS.size(),
                    RESULTS.stream().mapToLong(Fuzzer.Result::runs).sum(),
                    Coverage.union(RESULTS.stream().map(Fuzzer.Result::coverage).toList())
                            .text());
        }
    }

    /** Otherwise a fuzzer that finds nothing would prove nothing. */
    @Test
    void shouldFindAPlantedBug() throws Exception {
        Fuzzer.Result result =
                new Fuzzer(folder, FuzzTargets.class, FuzzTargets.PLANTED).run(PLANTED_SECONDS, Stream.empty());
        assertEquals(Fuzzer.FOUND, result.status(), result::log);
        assertTrue(result.log().contains("IndexOutOfBoundsException"), result::log);
    }
}
