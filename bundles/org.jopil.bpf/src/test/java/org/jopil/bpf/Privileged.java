// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What tests on the real kernel share. */
public final class Privileged {
    private Privileged() {}

    /** Skips on a developer's laptop without rights, fails where tests must run. */
    public static void require() {
        String reason = reason();
        if (!reason.isEmpty()) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError(reason);
            }
            Assumptions.abort(reason);
        }
    }

    private static String reason() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    long capabilities = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                    long netAdmin = 1L << 12;
                    long sysAdmin = 1L << 21;
                    return (capabilities & netAdmin) != 0 && (capabilities & sysAdmin) != 0 ? "" : "needs root";
                }
            }
            return "no CapEff in /proc/self/status";
        } catch (IOException e) {
            return "no /proc/self/status: " + e.getMessage();
        }
    }

    public static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    /** Runs a command to its end, at most 20 s; what it printed. */
    public static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            byte[] output = process.getInputStream().readAllBytes();
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(List.of(command) + ": " + new String(output, StandardCharsets.UTF_8));
            }
            return new String(output, StandardCharsets.UTF_8);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
