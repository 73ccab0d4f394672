// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One process from start to end, with its standard input closed. Bounded in time: what hangs is killed and fails. */
final class Command {
    /** What a process said and how it ended; {@code millis} is its wall time. */
    record Result(int status, String out, String err, long millis) {
        /** Both streams, for messages of assertions. */
        String text() {
            return "status " + status + "\n" + out + err;
        }

        Result orFail() {
            if (status != 0) {
                throw new AssertionError(text());
            }
            return this;
        }
    }

    private final List<String> words;
    private final Map<String, String> environment = new HashMap<>();
    private Duration limit = Duration.ofSeconds(60);

    private Command(List<String> words) {
        this.words = new ArrayList<>(words);
    }

    static Command of(String... words) {
        return new Command(List.of(words));
    }

    static Command of(List<String> words) {
        return new Command(words);
    }

    /** Runs to its end. */
    static Result run(String... words) {
        return of(words).run();
    }

    Command environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Command within(Duration d) {
        limit = d;
        return this;
    }

    Result run() {
        try {
            Path out = Files.createTempFile(Instance.work(), "out", null);
            Path err = Files.createTempFile(Instance.work(), "err", null);
            try {
                long start = System.nanoTime();
                Process process = builder()
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                boolean ended = process.waitFor(Patience.stretched(limit).toMillis(), TimeUnit.MILLISECONDS);
                long millis = (System.nanoTime() - start) / 1_000_000;
                if (!ended) {
                    process.destroyForcibly();
                    throw new AssertionError(words + " took longer than " + limit + "\n" + Files.readString(out)
                            + Files.readString(err));
                }
                return new Result(
                        process.exitValue(),
                        new String(Files.readAllBytes(out), UTF_8),
                        new String(Files.readAllBytes(err), UTF_8),
                        millis);
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** For a process that goes on; the caller ends it. */
    ProcessBuilder builder() {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().keySet().removeIf(name -> name.startsWith("JOPIL_") || name.startsWith("KARAF_"));
        builder.environment().putAll(environment);
        return builder;
    }
}
