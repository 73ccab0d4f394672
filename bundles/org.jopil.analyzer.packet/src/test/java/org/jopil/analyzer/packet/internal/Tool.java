// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs an oracle. Where it is missing the test is skipped, and fails if CI=true. */
final class Tool {
    private Tool() {}

    static List<String> lines(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("jopil-oracle", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("TZ", "UTC");
            Process process;
            try {
                process = builder.start();
            } catch (IOException e) {
                return missing(command.get(0));
            }
            if (process.waitFor() != 0) {
                fail(command + " ended with " + process.exitValue());
            }
            return Files.readAllLines(out, StandardCharsets.UTF_8);
        } finally {
            Files.delete(out);
        }
    }

    private static List<String> missing(String program) {
        String reason = program + " is not installed: apt install " + program;
        if ("true".equals(System.getenv("CI"))) {
            return fail(reason);
        }
        return abort(reason);
    }
}
