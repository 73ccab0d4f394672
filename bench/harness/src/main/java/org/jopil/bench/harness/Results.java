// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Everything that a run found out: what {@code results.json} holds, and all that tables, plots and budgets are made from.
 *
 * @param started RFC 3339
 * @param seconds how long the run took
 * @param quick whether it was the short one
 * @param machine what it ran on, by name
 * @param tools those that ran
 * @param measurements in the order in which they were taken
 * @param figures what is measured but once or apart
 * @param kernelCosts of the sensor's program above an empty one
 * @param scores of the JMH benchmarks
 * @param notes what a reader must know, such as a step that was left out
 */
record Results(
        String started,
        double seconds,
        boolean quick,
        Map<String, String> machine,
        List<ToolInfo> tools,
        List<Measurement> measurements,
        List<Figure> figures,
        List<KernelCost> kernelCosts,
        List<Score> scores,
        List<String> notes) {
    private static final double MILLION = 1e6;

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** A tool in one setting; WIRE and DIR in its command stand for the interface and a directory. */
    record ToolInfo(String tool, String setting, String version, String command) {}

    /**
     * One tool on one load, once.
     *
     * @param load {@link LoadCase#id}
     * @param round tools of one round ran one after the other
     * @param sent packets that the wire took, {@code undelivered} those it did not
     * @param seconds wall time of sending
     * @param senderCpuSeconds of the sender and of the kernel's softirq threads
     * @param toolCpuSeconds of the tool's processes, from before the load until they were quiet
     * @param windowSeconds how long that was
     * @param rssBytes of the tool's processes after it
     * @param seen packets that the tool says it saw, null if it does not say
     * @param flows of the truth, null if there is none
     * @param flowsRight those of them that the tool has with their exact packets and bytes, null if it has no flows
     * @param details what else the tool says of itself
     */
    record Measurement(
            String load,
            int round,
            String tool,
            String setting,
            long sent,
            long undelivered,
            double seconds,
            double senderCpuSeconds,
            double toolCpuSeconds,
            double windowSeconds,
            long rssBytes,
            Long seen,
            Integer flows,
            Integer flowsRight,
            Map<String, Long> details) {
        double packetsPerSecond() {
            return sent / seconds;
        }

        boolean isOf(String loadId, String toolName, String toolSetting) {
            return load.equals(loadId) && tool.equals(toolName) && setting.equals(toolSetting);
        }

        private double senderCpuPerMillion() {
            return senderCpuSeconds / sent * MILLION;
        }
    }

    /** A quantity of one tool. */
    record Figure(String name, String tool, String setting, String unit, Spread value) {}

    /** ns a packet of the sensor's program above an empty one, over the rounds of {@code sensor_test cost}. */
    record KernelCost(String what, int ip, int flows, double ns, double minNs, double maxNs, double emptyNs) {}

    /** A JMH benchmark with its parameters. */
    record Score(String benchmark, Map<String, String> parameters, String unit, double score, double min, double max) {}

    void write(Path file) {
        try {
            Files.write(file, JSON.writeValueAsBytes(this));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Results read(Path file) {
        try {
            return JSON.readValue(Files.readAllBytes(file), Results.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ids of the loads, in the order in which they were sent. */
    Set<String> loads() {
        Set<String> ids = new LinkedHashSet<>();
        measurements.forEach(m -> ids.add(m.load));
        return ids;
    }

    /** The measurements of one tool on one load. */
    List<Measurement> of(String load, String tool, String setting) {
        return measurements.stream().filter(m -> m.isOf(load, tool, setting)).toList();
    }

    Optional<Spread> figure(String name, String tool, String setting) {
        return figures.stream()
                .filter(f -> f.name.equals(name) && f.tool.equals(tool) && f.setting.equals(setting))
                .map(Figure::value)
                .findFirst();
    }

    /** Packets a second. */
    Spread rate(String load, String tool, String setting) {
        return spread(of(load, tool, setting).stream().map(Measurement::packetsPerSecond));
    }

    /** Rate with the tool to the rate without, of the same round. */
    Spread rateKept(String load, String tool, String setting) {
        return spread(of(load, tool, setting).stream()
                .flatMap(m -> without(m).map(none -> m.packetsPerSecond() / none.packetsPerSecond()).stream()));
    }

    /** The same by what a packet costs the sender, which other load on the machine does not touch. */
    Spread rateKeptByCpu(String load, String tool, String setting) {
        return spread(of(load, tool, setting).stream()
                .flatMap(m -> without(m).map(none -> none.senderCpuPerMillion() / m.senderCpuPerMillion()).stream()));
    }

    /** Seen to sent; packets that a tool saw twice make it greater than 1. */
    Spread seen(String load, String tool, String setting) {
        return spread(
                of(load, tool, setting).stream().filter(m -> m.seen != null).map(m -> (double) m.seen / m.sent));
    }

    /** Share of the flows that are right. */
    Spread flowsRight(String load, String tool, String setting) {
        return spread(of(load, tool, setting).stream()
                .filter(m -> m.flows != null && m.flowsRight != null)
                .map(m -> (double) m.flowsRight / m.flows));
    }

    /** CPU s that a million packets cost the sender more than without the tool, in the same round. */
    Spread senderCpu(String load, String tool, String setting) {
        return spread(of(load, tool, setting).stream()
                .flatMap(m -> without(m).map(none -> m.senderCpuPerMillion() - none.senderCpuPerMillion()).stream()));
    }

    /** CPU s of the tool's own processes for a million packets, above what they need without traffic. */
    Spread ownCpu(String load, String tool, String setting) {
        return spread(of(load, tool, setting).stream().map(this::ownCpuPerMillion));
    }

    private double ownCpuPerMillion(Measurement m) {
        double idleShare =
                figure(Budgets.IDLE, m.tool, m.setting).map(Spread::median).orElse(0.0) / 100;
        return (m.toolCpuSeconds - idleShare * m.windowSeconds) / m.sent * MILLION;
    }

    /** Both. */
    Spread totalCpu(String load, String tool, String setting) {
        return spread(
                of(load, tool, setting).stream()
                        .flatMap(m -> without(m)
                                .map(none -> m.senderCpuPerMillion() - none.senderCpuPerMillion() + ownCpuPerMillion(m))
                                .stream()));
    }

    /** Resident bytes after it. */
    Spread rss(String load, String tool, String setting) {
        return spread(of(load, tool, setting).stream().map(m -> (double) m.rssBytes));
    }

    private Optional<Measurement> without(Measurement m) {
        return measurements.stream()
                .filter(none -> none.isOf(m.load, "none", "") && none.round == m.round)
                .findFirst();
    }

    private static Spread spread(Stream<Double> values) {
        List<Double> all = new ArrayList<>();
        values.forEach(all::add);
        return Spread.of(all);
    }
}
