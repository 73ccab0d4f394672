// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running nft that ends with its input, with JOPIL, and when its time is over. One thread, and one that reads. */
final class NftProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NftProcess.class);
    private static final long END_S = 2;
    private static final int LINES = 100_000;

    /** nft has no eye on its input but with -i: the shell has it instead, and ends nft when it is at its end. */
    private static final String LEASH = "\"$@\" </dev/null & read -r _; kill $!";

    private static final List<String> USUAL = List.of("/usr/sbin", "/sbin", "/usr/local/sbin");

    /** Where nft runs: its file, and the network namespace, empty for that of JOPIL. */
    record Place(String nft, String namespace) {
        /** Empty if it is not installed. */
        static Optional<Place> find(String namespace) {
            List<String> folders = new ArrayList<>(
                    Arrays.asList(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)));
            folders.addAll(USUAL);
            return folders.stream()
                    .filter(folder -> !folder.isEmpty())
                    .map(folder -> Path.of(folder, "nft"))
                    .filter(Files::isExecutable)
                    .map(file -> new Place(file.toString(), namespace))
                    .findFirst();
        }

        /** Reads commands from its input. */
        NftProcess start(long longestS, String... arguments) throws IOException {
            return new NftProcess(command(longestS, List.of(), arguments));
        }

        /** Takes no input, yet ends with it. */
        NftProcess startOnLeash(long longestS, String... arguments) throws IOException {
            return new NftProcess(command(longestS, List.of("sh", "-c", LEASH, "sh"), arguments));
        }

        private List<String> command(long longestS, List<String> leash, String... arguments) {
            List<String> command = new ArrayList<>(List.of("timeout", String.valueOf(longestS)));
            if (!namespace.isEmpty()) {
                command.addAll(List.of("nsenter", "--net=/run/netns/" + namespace, "--"));
            }
            command.addAll(leash);
            command.add(nft);
            command.addAll(List.of(arguments));
            return command;
        }
    }

    private final Process process;
    private final Writer input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>(LINES);
    private final Thread reader;

    private NftProcess(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("HOME", "/dev/null"); // else -i keeps a history there
        process = builder.start();
        input = new OutputStreamWriter(process.getOutputStream(), UTF_8);
        reader = new Thread(this::read, "jopil-nft");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader output = process.inputReader(UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (!lines.offer(line)) {
                    LOG.warn("A line of nft is lost: {} wait", LINES);
                }
            }
        } catch (IOException ended) {
            LOG.debug("nft", ended);
        }
    }

    Writer input() {
        return input;
    }

    /** The next line; null if none came in time, or the thread is interrupted, which it stays. */
    String line(long withinNs) {
        try {
            return lines.poll(Math.max(0, withinNs), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Waits for the end, within some seconds, whatever interrupts. */
    private boolean ends(long withinS) {
        boolean interrupted = Thread.interrupted();
        try {
            return process.waitFor(withinS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            return !process.isAlive();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** All that it writes until it ends by itself. */
    List<String> toEnd() throws IOException {
        input.close();
        List<String> all = new ArrayList<>();
        try (this) {
            if (!ends(END_S)) {
                throw new IOException("nft did not end");
            }
            reader.join(TimeUnit.SECONDS.toMillis(END_S));
            lines.drainTo(all);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return all;
    }

    @Override
    public void close() {
        try {
            input.close();
        } catch (IOException endedBefore) {
            LOG.debug("nft", endedBefore);
        }
        if (!ends(END_S)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            if (!ends(END_S)) {
                LOG.warn("nft did not end in time");
            }
        }
    }
}
