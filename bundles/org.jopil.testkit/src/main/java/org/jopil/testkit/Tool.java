// SPDX-License-Identifier: Apache-2.0
package org.jopil.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs an oracle. Where it is missing the test is skipped, and fails if CI=true. */
public final class Tool {
    private Tool() {}

    /** What tshark ends with when the end of a file is corrupt. */
    static final int CUT_SHORT = 2;

    /** What it writes; it must end with 0. */
    public static List<String> lines(List<String> command) throws IOException, InterruptedException {
        return lines(command, UTF_8, 0);
    }

    /** {@code alsoFine}: another status that it may end with. */
    static List<String> lines(List<String> command, Charset charset, int alsoFine)
            throws IOException, InterruptedException {
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
            int status = process.waitFor();
            if (status != 0 && status != alsoFine) {
                fail(command + " ended with " + status);
            }
            return Files.readAllLines(out, charset);
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
