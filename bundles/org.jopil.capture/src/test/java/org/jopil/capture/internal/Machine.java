// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** What the tests here cannot do without. */
final class Machine {
    private Machine() {}

    /** Skips the test for others than root, and fails it in CI. */
    static void needRoot() {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
    }

    /** Runs a command to its end, at most 20 s; what it printed. */
    static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            byte[] output = process.getInputStream().readAllBytes();
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(List.of(command) + ": " + new String(output, StandardCharsets.UTF_8));
            }
            return new String(output, StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
