// SPDX-License-Identifier: Apache-2.0
package org.jopil.stress;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.ReportUtils;

/**
 * Runs jcstress, which forks a JVM per test and configuration, and tells each of its tests as one of ours. Quick by
 * default; with {@code -Djopil.long=true} in jcstress's default mode, and with the faulty variants, which must be caught.
 */
class StressRaceTest {
    /** States of a test that live at a time: few, because each has a ring or a table. */
    static final int STRIDES = 8;

    static final int STRIDE_STATES = 16;

    private static final boolean LONG = Boolean.getBoolean("jopil.long");
    private static final String FAULTY = "Faulty";
    private static final Path RESULTS = Path.of(System.getProperty("jopil.stress.results"));

    @TestFactory
    Stream<DynamicTest> shouldSeeNoForbiddenOutcome() throws Exception {
        Files.createDirectories(RESULTS.resolve("tmp"));
        List<TestResult> results = run();
        assertFalse(results.isEmpty(), "no test of jcstress ran");
        return results.stream()
                .map(result -> DynamicTest.dynamicTest(
                        result.getName().replaceAll(".*\\.", ""), () -> check(result, outcomes(result))));
    }

    private static void check(TestResult result, String outcomes) {
        System.out.println(outcomes);
        assertTrue(
                ReportUtils.statusToPassed(result),
                () -> ReportUtils.statusToLabel(result) + " " + outcomes
                        + String.join("\n", result.getMessages())
                        + String.join("\n", result.getVmErr()));
        if (result.getName().contains(FAULTY)) {
            assertTrue(result.grading().hasInteresting, () -> "the fault was not caught: " + outcomes);
        }
    }

    private static String outcomes(TestResult result) {
        return result.getName()
                + result.grading().gradingResults.values().stream()
                        .map(outcome -> String.format(
                                "%n  %-24s %,12d  %-22s %s",
                                outcome.id, outcome.count, outcome.expect, outcome.description))
                        .collect(Collectors.joining());
    }

    private static List<TestResult> run() throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "-r",
                RESULTS.toString(),
                "-strideSize",
                String.valueOf(STRIDE_STATES),
                "-strideCount",
                String.valueOf(STRIDES),
                "-m",
                LONG ? "default" : "quick",
                // one actor compiled by C1, the other by C2, … would be nine times the time
                "-sc",
                "false",
                "-jvmArgsPrepend",
                "-Djava.io.tmpdir=" + RESULTS.resolve("tmp")));
        if (!LONG) {
            arguments.addAll(List.of("-t", "^(?!.*" + FAULTY + ")"));
        }
        Options options = new Options(arguments.toArray(String[]::new));
        assertTrue(options.parse(), "options of jcstress");
        Path file = Path.of(options.getResultFile());
        try {
            new JCStress(options).run();
        } catch (AssertionError failures) {
            // told below, test by test
            System.out.println(failures.getMessage());
        }
        InProcessCollector collector = new InProcessCollector();
        DiskReadCollector reader = new DiskReadCollector(file.toString(), collector);
        reader.dump();
        reader.close();
        Files.move(file, RESULTS.resolve(file));
        List<TestResult> byName = ReportUtils.mergedByName(collector.getTestResults());
        byName.sort(Comparator.comparing(TestResult::getName));
        return byName;
    }
}
