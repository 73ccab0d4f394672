// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the fuzzer in a process of its own: it fuzzes one target per process. */
class FuzzRunTest {
    private static final int FOUND = 77;
    private static final int PLANTED_SECONDS = 15;

    @TempDir
    Path folder;

    static Stream<String> targets() {
        return FuzzTargets.ALL.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @EnabledIfSystemProperty(named = "jopil.fuzz", matches = "[0-9]+")
    void shouldStandTheFuzzer(String target) throws Exception {
        Path log = folder.resolve("log");
        int status = run(target, Integer.getInteger("jopil.fuzz"), log);
        assertEquals(0, status, () -> tail(log));
        System.out.printf("%-10s %s%n", target, lastLine(log));
    }

    /** Otherwise a fuzzer that finds nothing would prove nothing. */
    @Test
    void shouldFindAPlantedBug() throws Exception {
        Path log = folder.resolve("log");
        assertEquals(FOUND, run(FuzzTargets.PLANTED, PLANTED_SECONDS, log), () -> tail(log));
        assertTrue(Files.readString(log).contains("IndexOutOfBoundsException"), () -> tail(log));
    }

    private int run(String target, int seconds, Path log) throws IOException, InterruptedException {
        Path corpus = Files.createDirectory(folder.resolve("corpus"));
        if (!target.equals(FuzzTargets.PLANTED)) {
            int number = 0;
            for (byte[] seed : DetectorFuzzTest.seeds().toList()) {
                Files.write(corpus.resolve("seed" + number++), seed);
            }
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + FuzzTargets.class.getName(),
                "--target_args=" + target,
                "--instrumentation_includes=org.jopil.application.**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_len=4096",
                "-max_total_time=" + seconds,
                corpus.toString()));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            return process.waitFor();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String lastLine(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return lines.get(lines.size() - 1);
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
