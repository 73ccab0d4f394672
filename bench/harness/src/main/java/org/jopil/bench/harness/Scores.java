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
import java.util.Optional;
import java.util.TreeMap;

/** The JMH benchmarks of {@code bench/micro}: run as a process of their own, read from JMH's JSON. */
final class Scores {
    private static final Duration LIMIT = Duration.ofMinutes(8);
    private static final String ITERATIONS = "-f 1 -wi 3 -w 1 -i 5 -r 1 -prof org.jopil.bench.CpuProfiler";
    /** What the budgets G6, G7 and G8 are about, and what stands beside it there. */
    private static final String WANTED = "-p subscribers=8 RingBenchmark FlowTableBenchmark.scanUnchanged"
            + " FlowTableBenchmark.drainMerged BusBenchmark.columns BusBenchmark.disruptor";

    private Scores() {}

    static List<Results.Score> measure(Path jar, Path work) {
        Path file = work.resolve("jmh.json");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> words = new ArrayList<>(List.of(java.toString(), "-jar", jar.toString()));
        words.addAll(Tool.words(ITERATIONS + " " + WANTED));
        words.addAll(List.of("-rf", "json", "-rff", file.toString()));
        Commands.run(LIMIT, words).orFail();
        try {
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** JMH's JSON; secondary results, such as CPU time, are scores of their own: {@code Class.method:name}. */
    static List<Results.Score> parse(String json) {
        List<Results.Score> scores = new ArrayList<>();
        try {
            for (JsonNode run : new ObjectMapper().readTree(json)) {
                String name = run.path("benchmark").asText();
                Map<String, String> parameters = new TreeMap<>();
                run.path("params")
                        .fields()
                        .forEachRemaining(
                                p -> parameters.put(p.getKey(), p.getValue().asText()));
                scores.add(score(name, parameters, run.path("primaryMetric")));
                run.path("secondaryMetrics")
                        .fields()
                        .forEachRemaining(m -> scores.add(score(name + ":" + m.getKey(), parameters, m.getValue())));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return scores;
    }

    /** CPU time of all threads, as benchmarks mark it themselves. */
    static Optional<Results.Score> cpu(Results results, String benchmark) {
        return find(results, benchmark + ":cpu");
    }

    private static Optional<Results.Score> find(Results results, String name) {
        return results.scores().stream().filter(s -> s.benchmark().equals(name)).findFirst();
    }

    private static Results.Score score(String name, Map<String, String> parameters, JsonNode metric) {
        JsonNode percentiles = metric.path("scorePercentiles");
        double score = metric.path("score").asDouble();
        return new Results.Score(
                name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1),
                parameters,
                metric.path("scoreUnit").asText(),
                percentiles.path("50.0").asDouble(score),
                percentiles.path("0.0").asDouble(score),
                percentiles.path("100.0").asDouble(score));
    }
}
