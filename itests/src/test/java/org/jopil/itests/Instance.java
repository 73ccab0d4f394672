// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The assembled distribution as a process, started by its own launcher on free ports and a data directory of its own.
 *
 * <pre>{@code
 * try (Instance jopil = Instance.on("lo").start()) {
 *     jopil.get("/api/stats").json();
 *     jopil.verb("flows", "--json").orFail();
 *     jopil.ssh("jopil:flows").orFail();
 * }
 * }</pre>
 *
 * {@link #close} stops it in good order and fails when it does not stop, or when its books do not add up: so does every
 * test while it runs ({@link BalancedLedger}). The data directory stays for reading its log.
 */
final class Instance implements AutoCloseable {
    private static final Duration BALANCE = Duration.ofSeconds(5);
    private static final Set<Instance> STARTED = ConcurrentHashMap.newKeySet();

    private final Process launcher;
    private final Path data;
    private final Path output;
    private final List<String> prefix;
    private int port;
    private int sshPort;
    private long startMillis;
    private volatile boolean isPlanted;

    private Instance(Process launcher, Path data, Path output, List<String> prefix) {
        this.launcher = launcher;
        this.data = data;
        this.output = output;
        this.prefix = prefix;
    }

    /** The folder of the assembled distribution. */
    static Path distribution() {
        return Path.of(System.getProperty("jopil.distribution"));
    }

    static String launcher() {
        return distribution().resolve("bin/jopil").toString();
    }

    /** A folder for what tests write; inside the module's target. */
    static Path work() {
        try {
            return Files.createDirectories(Path.of(System.getProperty("jopil.work"), "work"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new empty data directory. */
    static Path newData() {
        try {
            return Files.createTempDirectory(work(), "data");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Will watch these, each IF, NS/IF or any; none is the launcher's own choice. */
    static Starter on(String... interfaces) {
        return new Starter(interfaces);
    }

    /** Will show this capture in place of the wire. */
    static Starter replaying(Path capture) {
        Starter starter = new Starter();
        starter.verb = List.of("replay", capture.toString());
        return starter;
    }

    /** How an instance is to be started. */
    static final class Starter {
        private final List<String> arguments = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>(Patience.ENVIRONMENT);
        private final List<String> prefix = new ArrayList<>();
        private final List<String> wrapper = new ArrayList<>();
        private Path data = newData();
        private List<String> verb = List.of("run");
        private String wanted = "up";
        private int httpPort;
        private int sshPort;

        private Starter(String... interfaces) {
            for (String i : interfaces) {
                arguments.add("-i");
                arguments.add(i);
            }
        }

        /** A data directory that was used before. */
        Starter data(Path d) {
            data = d;
            return this;
        }

        /** Further words of {@code jopil run}. */
        Starter with(String... words) {
            arguments.addAll(List.of(words));
            return this;
        }

        Starter mode(String mode) {
            return with("--mode", mode);
        }

        /** 0, the default, is any free one. */
        Starter ports(int http, int ssh) {
            httpPort = http;
            sshPort = ssh;
            return this;
        }

        Starter environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** Runs inside this network namespace, whose loopback is its own: ask through {@link Instance#verb}. */
        Starter inside(String namespace) {
            prefix.addAll(List.of("ip", "netns", "exec", namespace));
            return this;
        }

        /** Started by these words, which change what the process may or sees, but not its network. */
        Starter by(String... words) {
            wrapper.addAll(List.of(words));
            return this;
        }

        /** {@code up} by default; {@code degraded} takes both. */
        Starter until(String status) {
            wanted = status;
            return this;
        }

        /** Starts and waits until it is healthy; fails with what the launcher said otherwise. */
        Instance start() {
            try {
                List<String> words = new ArrayList<>(prefix);
                words.addAll(wrapper);
                words.add(launcher());
                words.addAll(verb);
                words.addAll(List.of("--data", data.toString()));
                words.addAll(List.of("--port", "" + httpPort, "--ssh-port", "" + sshPort));
                words.addAll(arguments);
                Path output = Files.createTempFile(work(), "run", ".txt");
                Command command = Command.of(words);
                environment.forEach(command::environment);
                long start = System.nanoTime();
                Process process = command.builder()
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                Instance instance = new Instance(process, data, output, prefix);
                instance.awaitStart(start, wanted);
                STARTED.add(instance);
                return instance;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void awaitStart(long start, String wanted) {
        Path http = data.resolve("run/http");
        try {
            await(Duration.ofSeconds(90), "the start", () -> {
                if (!launcher.isAlive()) {
                    throw new AssertionError("jopil run ended with " + launcher.exitValue() + ":\n" + output());
                }
                return Files.exists(http) && output().contains("  page ");
            });
            startMillis = (System.nanoTime() - start) / 1_000_000;
            port = portIn(http);
            sshPort = portIn(data.resolve("run/ssh"));
            if (prefix.isEmpty()) {
                await(Duration.ofSeconds(30), "health to be " + wanted, () -> {
                    String status = get("/api/health").json().path("status").asText();
                    return status.equals("up") || status.equals(wanted);
                });
            }
        } catch (RuntimeException | Error e) {
            launcher.destroyForcibly();
            killJvm();
            throw e;
        }
    }

    private static int portIn(Path file) {
        try {
            String text = Files.readString(file).strip();
            return Integer.parseInt(text.substring(text.lastIndexOf(':') + 1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a condition, looking 20 times a second; fails when it does not come true in time. */
    static void await(Duration limit, String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Patience.stretched(limit).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + limit.toSeconds() + " s in vain for " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    int port() {
        return port;
    }

    int sshPort() {
        return sshPort;
    }

    /** From the launcher's start to its banner, ms. */
    long startMillis() {
        return startMillis;
    }

    Path data() {
        return data;
    }

    /** The JVM's. */
    long pid() {
        return Long.parseLong(read("run/pid"));
    }

    /** The launcher's. */
    long launcherPid() {
        return launcher.pid();
    }

    String token() {
        return read("token");
    }

    String viewerToken() {
        return read("token.viewer");
    }

    private String read(String file) {
        try {
            return Files.readString(data.resolve(file)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code jopil run} has printed so far. */
    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String log() {
        return read("log/jopil.log");
    }

    /** A client with the admin's token. */
    Http http() {
        return anonymous().token(token());
    }

    Http anonymous() {
        return new Http("127.0.0.1", port);
    }

    Http.Response get(String path) {
        return http().get(path);
    }

    Http.Response post(String path, String json) {
        return http().post(path, json);
    }

    /** {@code status} of every check in /api/health by name. */
    Map<String, String> health() {
        Map<String, String> result = new HashMap<>();
        for (JsonNode check : get("/api/health").json().path("checks")) {
            result.put(check.path("name").asText(), check.path("status").asText());
        }
        return result;
    }

    /** {@code jopil VERB …} on this instance, with standard input closed. */
    Command.Result verb(String... words) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(launcher(), "--data", data.toString()));
        command.addAll(List.of(words));
        return Command.of(command).run();
    }

    /** One command over real ssh as the launcher's own admin, with an ed25519 key. */
    Command.Result ssh(String command) {
        return ssh("jopil-shell", data.resolve("run/shell_key"), command);
    }

    /** One command over real ssh with a private key. */
    Command.Result ssh(String user, Path key, String command) {
        List<String> words = new ArrayList<>(prefix);
        words.addAll(List.of("ssh", "-n", "-F", "none", "-p", "" + sshPort, "-i", key.toString()));
        words.addAll(sshOptions("IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes"));
        words.addAll(List.of(user + "@127.0.0.1", command));
        return Command.of(words).run();
    }

    /** ssh over one connection, which the first call opens and which stays for a minute after the last. */
    Command.Result sshShared(Path socket, String... words) {
        List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of("ssh", "-n", "-F", "none", "-p", "" + sshPort));
        line.addAll(List.of("-i", data.resolve("run/shell_key").toString()));
        line.addAll(sshOptions("BatchMode=yes", "ControlMaster=auto", "ControlPersist=60", "ControlPath=" + socket));
        line.addAll(List.of("-l", "jopil-shell", "127.0.0.1"));
        line.addAll(List.of(words));
        return Command.of(line).run();
    }

    /** One command over real ssh with a password. */
    Command.Result sshByPassword(String user, String password, String command) {
        try {
            Path ask = Files.createTempFile(work(), "askpass", ".sh");
            Files.writeString(ask, "#!/bin/sh\nprintf '%s\\n' '" + password + "'\n");
            ask.toFile().setExecutable(true);
            List<String> words = new ArrayList<>(prefix);
            words.addAll(List.of("ssh", "-n", "-F", "none", "-p", "" + sshPort));
            words.addAll(sshOptions(
                    "PubkeyAuthentication=no", "NumberOfPasswordPrompts=1", "PreferredAuthentications=password"));
            words.addAll(List.of(user + "@127.0.0.1", command));
            try {
                return Command.of(words)
                        .environment("SSH_ASKPASS", ask.toString())
                        .environment("SSH_ASKPASS_REQUIRE", "force")
                        .run();
            } finally {
                Files.delete(ask);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> sshOptions(String... more) {
        List<String> words = new ArrayList<>();
        Stream.concat(
                        Stream.of(more),
                        Stream.of(
                                "StrictHostKeyChecking=no",
                                "UserKnownHostsFile=/dev/null",
                                "LogLevel=ERROR",
                                "ConnectTimeout=10"))
                .forEach(option -> words.addAll(List.of("-o", option)));
        return words;
    }

    /** Signals the launcher, as a terminal or systemd does. */
    void signal(String name) {
        Command.run("kill", "-" + name, "" + launcher.pid()).orFail();
    }

    /** Kills the JVM at once. */
    void killJvm() {
        try {
            if (Files.exists(data.resolve("run/pid"))) {
                ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
            }
        } catch (UncheckedIOException | NumberFormatException e) {
            // it has ended in between and took the file away
            if (launcher.isAlive()) {
                throw e;
            }
        }
    }

    boolean isAlive() {
        return launcher.isAlive();
    }

    /** Waits for the launcher's end; its exit status. */
    int awaitEnd(Duration limit) {
        try {
            if (!launcher.waitFor(Patience.stretched(limit).toMillis(), TimeUnit.MILLISECONDS)) {
                killJvm();
                launcher.destroyForcibly();
                throw new AssertionError("it did not end within " + limit + ":\n" + output());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return launcher.exitValue();
    }

    /** Fails when the books of one that runs do not add up. */
    static void assertAllBalanced() {
        STARTED.removeIf(instance -> !instance.launcher.isAlive());
        STARTED.forEach(Instance::assertBalanced);
    }

    /** From now on its books need not add up: the test plants a fault. */
    void plantFault() {
        isPlanted = true;
    }

    /** Every difference is 0 and nothing was found wrong; what is on its way gets the time to arrive. */
    private void assertBalanced() {
        if (isPlanted) {
            return;
        }
        Command.Result[] last = new Command.Result[1];
        try {
            await(BALANCE, "the ledger to add up", () -> {
                last[0] = verb("ledger");
                return last[0].status() == 0 || !launcher.isAlive();
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + last[0].text(), e);
        }
    }

    /** Stops it in good order; what {@code jopil run} had printed at its end. */
    String stop() {
        if (launcher.isAlive()) {
            try {
                assertBalanced();
            } finally {
                end();
            }
        }
        return output();
    }

    private void end() {
        if (launcher.isAlive()) {
            signal("TERM");
            int status = awaitEnd(Duration.ofSeconds(20));
            if (status != 0) {
                throw new AssertionError("ended with " + status + ":\n" + output());
            }
        }
    }

    @Override
    public void close() {
        stop();
    }
}
