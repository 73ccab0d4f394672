// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jopil.api.source.Why.Evidence;
import org.jopil.why.internal.Rows.Row;

/** Verdicts from how long packets waited, and where. */
final class LatencyFindings {
    static final String QUEUE = "socket_queue";

    /** Scheduling and a busy machine stay below; what people call slow is above. */
    static final long SLOW_READER_NS = 5_000_000;

    /** The wait counts only if it is what the time goes to. */
    static final int TIMES_THE_KERNEL = 10;

    /** A stage of the kernel takes microseconds; a queue on the way out holds a shaped packet for some ms. */
    static final long SLOW_STAGE_NS = 5_000_000;

    /** Fewer packets make no percentile. */
    static final long FEWEST = 3;

    private static final Set<String> NOT_THE_KERNEL = Set.of(QUEUE, "receive_total", "send_total");

    private LatencyFindings() {}

    static Optional<Finding> slowReader(Facts facts) {
        boolean process = facts.subject().kind() == Subject.Kind.PROCESS;
        return facts.stage(QUEUE)
                .filter(row -> row.number("count") >= FEWEST && wait(row) >= SLOW_READER_NS)
                .filter(row -> wait(row) >= TIMES_THE_KERNEL * delivered(facts).orElse(0L))
                .filter(row -> !process || isOf(facts.subject(), row.text("process")))
                .max(Comparator.comparingLong(LatencyFindings::wait))
                .map(row -> slowReader(facts, row));
    }

    private static Finding slowReader(Facts facts, Row row) {
        String reader = TcpFindings.name(row, "the program");
        boolean half = row.number("p50_ns") >= SLOW_READER_NS;
        String waited = half
                ? "the packets then waited " + Words.duration(row.number("p50_ns")) + " for " + reader + " to read."
                : "one packet in twenty then waited " + Words.duration(row.number("p95_ns")) + " or longer for "
                        + reader + " to read.";
        Optional<Long> delivered = delivered(facts);
        String sentence = delivered.isPresent()
                ? "The kernel delivered in " + Words.duration(delivered.get()) + "; " + waited
                : Character.toUpperCase(waited.charAt(0)) + waited.substring(1);
        List<Evidence> evidence = new ArrayList<>();
        String where = "stage == " + QUEUE;
        evidence.add(new Evidence(
                "In the socket's queue: half of " + Words.count(row.number("count"), "packet") + " waited "
                        + Words.duration(row.number("p50_ns")) + " or less, 95 % "
                        + Words.duration(row.number("p95_ns"))
                        + " or less, the longest " + Words.duration(row.number("max_ns")) + " (" + "a sample).",
                Subject.LATENCY,
                facts.subject().clause(Subject.LATENCY, where)));
        facts.journeys().stream()
                .filter(journey -> journey.text("slowest_stage").equals(QUEUE))
                .max(Comparator.comparingLong(journey -> journey.number("slowest_ns")))
                .ifPresent(journey -> evidence.add(new Evidence(
                        "One packet: " + Words.duration(journey.number("slowest_ns")) + " of its "
                                + Words.duration(journey.number("duration_ns")) + " in the queue, from "
                                + journey.text("src_ip") + " to port " + journey.text("dst_port") + ".",
                        Subject.JOURNEYS,
                        facts.subject().clause(Subject.JOURNEYS, "slowest_stage == " + QUEUE))));
        return Finding.of(sentence, evidence)
                .next("See what its threads wait for:", TcpFindings.threads(row.text("process")));
    }

    static Optional<Finding> slowStage(Facts facts) {
        return facts.latency().stream()
                .filter(row -> !NOT_THE_KERNEL.contains(row.text("stage"))
                        && row.number("count") >= FEWEST
                        && row.number("p95_ns") >= SLOW_STAGE_NS)
                .max(Comparator.comparingLong(row -> row.number("p95_ns")))
                .map(row -> Finding.of(
                                "Packets of " + facts.subject().name() + " are held up in stage " + row.text("stage")
                                        + ": one in twenty takes " + Words.duration(row.number("p95_ns"))
                                        + " or longer.",
                                List.of(new Evidence(
                                        Words.count(row.number("count"), "packet") + " measured in stage "
                                                + row.text("stage") + ", half within "
                                                + Words.duration(row.number("p50_ns")) + " (a sample).",
                                        Subject.LATENCY,
                                        facts.subject().clause(Subject.LATENCY, "stage == " + row.text("stage")))))
                        .next(
                                "See all stages:",
                                "jopil latency '"
                                        + facts.subject()
                                                .clause(Subject.LATENCY, "")
                                                .replace("'", "") + "'"));
    }

    /** Half of the packets were at their socket after this long; empty where it was not measured. */
    static Optional<Long> delivered(Facts facts) {
        return facts.stage("transport")
                .max(Comparator.comparingLong(row -> row.number("count")))
                .map(row -> row.number("p50_ns"));
    }

    /** The larger of what half of them waited and, if many did, of what the slow ones did. */
    private static long wait(Row row) {
        return Math.max(row.number("p50_ns"), row.number("p95_ns"));
    }

    private static boolean isOf(Subject subject, String process) {
        return process.equals(subject.question()) || process.startsWith(subject.question() + "[");
    }
}
