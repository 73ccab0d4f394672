// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code jopil demo} as a process; there is one at a time. {@link #close} ends it and fails when anything is left. */
final class Demo implements AutoCloseable {
    private static final Path RECORD = Path.of("/run/jopil-demo");
    private static final List<String> PARTS = List.of("customers", "web", "orders", "db");
    private static final Pattern DATA = Pattern.compile("^  data +(\\S+)$", Pattern.MULTILINE);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Process launcher;
    private final Path output;
    private Path data;

    private Demo(Process launcher, Path output) {
        this.launcher = launcher;
        this.output = output;
    }

    /** Starts one on free ports and waits until it has told its story. */
    static Demo start(String... options) {
        try {
            Path output = Files.createTempFile(Instance.work(), "demo", ".txt");
            List<String> words =
                    new ArrayList<>(List.of(Instance.launcher(), "demo", "--port", "0", "--ssh-port", "0"));
            words.addAll(List.of(options));
            Command command = Command.of(words);
            Patience.ENVIRONMENT.forEach(command::environment);
            Demo demo = new Demo(
                    command.builder()
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start(),
                    output);
            demo.awaitStory();
            return demo;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitStory() {
        try {
            Instance.await(Duration.ofSeconds(90), "the demo's story", () -> {
                if (!launcher.isAlive()) {
                    throw new AssertionError("jopil demo ended with " + launcher.exitValue() + ":\n" + output());
                }
                return output().contains("  ask ");
            });
            Matcher matcher = DATA.matcher(output());
            if (!matcher.find()) {
                throw new AssertionError(output());
            }
            data = Path.of(matcher.group(1));
        } catch (RuntimeException | Error e) {
            launcher.destroy();
            throw e;
        }
    }

    /** {@code jopil demo …} from another terminal. */
    static Command.Result verb(String... words) {
        List<String> all = new ArrayList<>(List.of(Instance.launcher(), "demo"));
        all.addAll(List.of(words));
        return Command.of(all).run();
    }

    /** A command in the network namespace of one part. */
    static Command.Result inside(String part, String... words) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", "jopil-demo-" + part));
        all.addAll(List.of(words));
        return Command.of(all).run();
    }

    /** Of the shop, not of JOPIL. */
    static List<Long> pids() {
        return PARTS.stream()
                .flatMap(part -> Command.run("ip", "netns", "pids", "jopil-demo-" + part)
                        .orFail()
                        .out()
                        .lines())
                .map(Long::valueOf)
                .toList();
    }

    Path data() {
        return data;
    }

    /** The watching JVM's. */
    long pid() {
        try {
            return Long.parseLong(Files.readString(data.resolve("run/pid")).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Signals the launcher alone. */
    void signal(String name) {
        Command.run("kill", "-" + name, "" + launcher.pid()).orFail();
    }

    int awaitEnd() {
        try {
            if (!launcher.waitFor(Patience.stretched(LIMIT).toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("it did not end within " + LIMIT + ":\n" + output());
            }
            return launcher.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What there is of a demo on this machine. */
    List<String> remains() {
        List<String> remains = new ArrayList<>();
        PARTS.stream()
                .map(part -> Path.of("/run/netns/jopil-demo-" + part))
                .filter(Files::exists)
                .forEach(path -> remains.add(path.toString()));
        Stream.of(RECORD, data).filter(Files::exists).forEach(path -> remains.add(path.toString()));
        ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(RECORD + "/") || line.contains(data.toString()))
                        .isPresent())
                .forEach(process -> remains.add("pid " + process.pid()));
        return remains;
    }

    @Override
    public void close() {
        if (launcher.isAlive()) {
            signal("TERM");
            int status = awaitEnd();
            if (status != 0 || !remains().isEmpty()) {
                throw new AssertionError("ended with " + status + ", left " + remains() + ":\n" + output());
            }
        }
    }
}
