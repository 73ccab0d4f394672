// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The generator of {@code bench/load}, in the sender's namespace, on CPU 0. */
final class Load {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int PUSHED_PACKETS = 5000;
    /** It sent, but not everything arrived, and which packets did is not known. */
    private static final int UNDELIVERED_STATUS = 3;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What was sent.
     *
     * @param packets that the wire took
     * @param undelivered that it did not
     * @param seconds wall time
     * @param cpuSeconds of the sender, with the softirq work of the receiving side that ran in it
     * @param flows packets and wire bytes per flow, empty where something was not delivered
     */
    record Sent(long packets, long undelivered, double seconds, double cpuSeconds, Map<FlowKey, FlowCount> flows) {
        double packetsPerSecond() {
            return packets / seconds;
        }
    }

    private final Path program;
    private final Path work;

    Load(Path program, Path work) {
        this.program = program;
        this.work = work;
    }

    /** Sends everything and returns. */
    Sent send(Topology.Wire wire, LoadCase load) {
        Path truth = work.resolve("truth");
        List<String> words = words(wire, load);
        words.addAll(List.of("--truth", truth.toString()));
        Commands.Result result = Commands.run(LIMIT, Topology.inside(Topology.SENDER, words));
        if (result.status() != UNDELIVERED_STATUS) {
            result.orFail();
        }
        try {
            JsonNode said = JSON.readTree(result.out());
            Map<FlowKey, FlowCount> flows = Map.of();
            if (result.status() == 0) {
                flows = Flows.ofTruth(Files.readString(truth));
                Files.delete(truth);
            }
            return new Sent(
                    said.path("sent").asLong(),
                    said.path("undelivered").asLong(),
                    said.path("seconds").asDouble(),
                    said.path("cpu_seconds").asDouble(),
                    flows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Packets of a single flow that is none of {@code load}'s, slowly, for a tool that waits for more. */
    FlowKey push(Topology.Wire wire, LoadCase load) {
        LoadCase other = new LoadCase("skb", 1, 1514, load.ip() == 4 ? 6 : 4, PUSHED_PACKETS);
        List<String> words = words(wire, other);
        Path truth = work.resolve("pushed");
        words.addAll(List.of("--pps", "20000", "--truth", truth.toString()));
        Commands.run(LIMIT, Topology.inside(Topology.SENDER, words)).orFail();
        try {
            FlowKey flow =
                    Flows.ofTruth(Files.readString(truth)).keySet().iterator().next();
            Files.delete(truth);
            return flow;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins to send at a steady rate; ends by itself or when destroyed. */
    Process begin(Topology.Wire wire, LoadCase load, int packetsPerSecond) {
        List<String> words = words(wire, load);
        words.addAll(List.of("--pps", Integer.toString(packetsPerSecond)));
        try {
            return new ProcessBuilder(Topology.inside(Topology.SENDER, words))
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> words(Topology.Wire wire, LoadCase load) {
        return new ArrayList<>(List.of(
                program.toString(),
                load.kind(),
                wire.sender(),
                "--packets",
                Long.toString(load.packets()),
                "--flows",
                Integer.toString(load.flows()),
                "--size",
                Integer.toString(load.sizeBytes()),
                "--ip",
                Integer.toString(load.ip()),
                "--cpu",
                "0"));
    }
}
