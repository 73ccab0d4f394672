// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Processes that run to their end, and bounded waits. */
final class Commands {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** How a process ended and what it said. */
    record Result(List<String> words, int status, String out, String err) {
        /** @throws IllegalStateException with the command and what it said, unless it ended with 0 */
        Result orFail() {
            if (status != 0) {
                throw new IllegalStateException(String.join(" ", words) + " ended with " + status + ": " + err + out);
            }
            return this;
        }
    }

    private Commands() {}

    static Result run(String... words) {
        return run(LIMIT, List.of(words));
    }

    /** Runs it with standard input closed; what takes longer than {@code limit} is killed. */
    static Result run(Duration limit, List<String> words) {
        try {
            Path out = Files.createTempFile("jopil-bench", ".out");
            Path err = Files.createTempFile("jopil-bench", ".err");
            try {
                Process process = new ProcessBuilder(words)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                try {
                    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                        throw new IllegalStateException(
                                String.join(" ", words) + " took longer than " + limit.toSeconds() + " s");
                    }
                } finally {
                    process.destroyForcibly();
                }
                return new Result(
                        words, process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Waits for a condition, looking every 10 ms; false when it does not come true in time. */
    static boolean await(Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            pause(Duration.ofMillis(10));
        }
        return true;
    }

    static void pause(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** For a caller that cannot go on; the thread stays interrupted. */
    static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted", e);
    }
}
