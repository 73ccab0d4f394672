// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
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
import java.util.function.IntPredicate;

/**
 * The generator {@code bench/load}, compiled when it is first asked for: millions of packets a second whose truth is
 * known per flow. A builder of one run.
 */
final class Load {
    /** Ends what hangs; the largest run takes a minute on a busy machine. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static Path binary;

    private final Namespaces.Side from;
    private final List<String> words = new ArrayList<>();
    private Path truth;

    private Load(Namespaces.Side from, String mode) {
        this.from = from;
        words.addAll(List.of(binary(), mode, from.interfaceName()));
    }

    /** Live frames: the highest rate. Both ends need GRO, see {@link #receiveRedirects}. */
    static Load live(Namespaces.Side from) {
        return new Load(from, "live");
    }

    /** By a socket: smooth when it is paced. */
    static Load skb(Namespaces.Side from) {
        return new Load(from, "skb");
    }

    /** Gives both ends of the veth what takes redirected frames, and keeps everybody else off the wire. */
    static void receiveRedirects(Namespaces net) {
        for (Namespaces.Side side : List.of(net.left(), net.right())) {
            side.run("ethtool", "-K", side.interfaceName(), "gro", "on").orFail();
            side.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1").orFail();
            side.run("ip", "link", "set", "arp", "off", "dev", side.interfaceName())
                    .orFail();
        }
    }

    private static synchronized String binary() {
        if (binary == null) {
            Path source = Path.of(System.getProperty("jopil.root"), "bench/load");
            Path target = Instance.work().resolve("load");
            Command.run("make", "-s", "-C", source.toString(), "OUT=" + target).orFail();
            binary = target.resolve("load");
        }
        return binary.toString();
    }

    /** Further words of the command line; {@code load.c} explains them. */
    Load with(Object... more) {
        for (Object word : more) {
            words.add(word.toString());
        }
        return this;
    }

    /** Keeps the truth per flow, for {@link Sent#flows}. */
    Load withTruth() {
        try {
            truth = Files.createTempFile(Instance.work(), "truth", ".txt");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return with("--truth", truth);
    }

    /** Runs to its end; fails if the wire did not take every frame: then nobody knows which ones were sent. */
    Sent run() {
        try (Running running = start()) {
            return running.await();
        }
    }

    Running start() {
        try {
            Path output = Files.createTempFile(Instance.work(), "load", ".json");
            Process process = from.command(words.toArray(String[]::new))
                    .builder()
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return new Running(process, output, truth);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A run that goes on. {@link #close} ends it if it still does. */
    record Running(Process process, Path output, Path truth) implements AutoCloseable {
        boolean isAlive() {
            return process.isAlive();
        }

        Sent await() {
            try {
                boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
                String text = Files.readString(output);
                if (!ended || process.exitValue() != 0) {
                    throw new AssertionError("load " + (ended ? "failed" : "took longer than " + LIMIT) + ": " + text);
                }
                Sent sent = new Sent(new Http.Response(200, Map.of(), text).json(), truth);
                if (sent.number("undelivered") != 0) {
                    throw new AssertionError("the wire did not take every frame: " + text);
                }
                return sent;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    /** What a run printed. */
    record Sent(JsonNode json, Path truth) {
        /** Wire packets and wire bytes of one flow. */
        record Flow(long packets, long bytes) {}

        long number(String name) {
            return json.path(name).asLong(-1);
        }

        long packets() {
            return number("sent");
        }

        long bytes() {
            return number("wire_bytes");
        }

        /**
         * The truth of some flows by {@code source address, space, source port}.
         *
         * @param numbers of those wanted, counted from the first flow of the run; every flow was sent at least once
         */
        Map<String, Flow> flows(IntPredicate numbers) {
            Map<String, Flow> flows = new HashMap<>();
            try (BufferedReader reader = Files.newBufferedReader(truth)) {
                int number = 0;
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    if (numbers.test(number++)) {
                        String[] fields = line.split(" ");
                        flows.put(
                                fields[0] + " " + fields[1],
                                new Flow(Long.parseLong(fields[5]), Long.parseLong(fields[6])));
                    }
                }
                return flows;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
