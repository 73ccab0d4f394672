// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jopil.api.source.Why.Evidence;
import org.jopil.why.internal.Rows.Row;

/** Verdicts when nothing is wrong, or nothing was seen. */
final class QuietFindings {
    private static final int MOST_NAMES = 4;

    private QuietFindings() {}

    static Optional<Finding> fine(Facts facts) {
        if (!facts.seen()) {
            return Optional.empty();
        }
        List<Evidence> evidence = new ArrayList<>();
        if (!facts.flows().isEmpty()) {
            evidence.add(new Evidence(
                    Words.count(facts.flows().size(), "flow") + " active in the last " + Look.WINDOW_TEXT + ", "
                            + Words.count(facts.flows().sum("packets"), "packet") + " since they began.",
                    Subject.FLOWS,
                    facts.subject().clause(Subject.FLOWS, "")));
        }
        long connections = facts.connections().count();
        if (connections > 0) {
            evidence.add(new Evidence(
                    Words.count(connections, "TCP connection") + ", "
                            + facts.connections()
                                    .mapToLong(row -> row.number("retransmits"))
                                    .sum()
                            + " segments sent again.",
                    Subject.TCP,
                    facts.subject().clause(Subject.TCP, "state != listen")));
        }
        Optional<Long> delivered = LatencyFindings.delivered(facts);
        delivered.ifPresent(ns -> evidence.add(new Evidence(
                "Half of the packets were at their socket within " + Words.duration(ns) + " (a sample).",
                Subject.LATENCY,
                facts.subject().clause(Subject.LATENCY, ""))));
        facts.stage(LatencyFindings.QUEUE)
                .findFirst()
                .ifPresent(row -> evidence.add(new Evidence(
                        TcpFindings.name(row, "The program") + " read 95 % of them within "
                                + Words.duration(row.number("p95_ns")) + " (a sample).",
                        Subject.LATENCY,
                        facts.subject().clause(Subject.LATENCY, "stage == " + LatencyFindings.QUEUE))));
        if (evidence.isEmpty()) {
            evidence.add(new Evidence(
                    Words.count(facts.journeys().size(), "packet") + " followed.",
                    Subject.JOURNEYS,
                    facts.subject().clause(Subject.JOURNEYS, "")));
        }
        facts.drops().forEach(group -> evidence.addAll(group.evidence(facts.subject())));
        boolean dropsKnown = facts.missing().stream().noneMatch(text -> text.startsWith(Subject.DROP_EVENTS + ":"));
        return Optional.of(Finding.of(
                        "Nothing is wrong with " + facts.subject().name() + " in what is measured here"
                                + (dropsKnown ? ": " + dropped(facts) + " dropped in the last " + Look.WINDOW_TEXT : "")
                                + delivered
                                        .map(ns -> ", half were delivered within " + Words.duration(ns))
                                        .orElse("")
                                + ".",
                        evidence)
                .next("See its packets:", facts.flows().isEmpty() ? "" : TcpFindings.packets(facts)));
    }

    private static String dropped(Facts facts) {
        long packets = facts.drops().stream().mapToLong(DropGroup::packets).sum();
        return packets == 0
                ? "no packet was"
                : "only " + Words.count(packets, "straggler") + (packets == 1 ? " was" : " were");
    }

    static Optional<Finding> notSeen(Facts facts) {
        String name = facts.subject().name();
        List<String> watched = facts.watched();
        List<Evidence> evidence = new ArrayList<>();
        evidence.add(new Evidence(
                watched.isEmpty()
                        ? "No interface is watched, so that flows are not counted."
                        : "No flow on " + Words.join(watched, MOST_NAMES) + ".",
                Subject.FLOWS,
                facts.subject().clause(Subject.FLOWS, "")));
        Optional<Row> listener = facts.listeners().findFirst();
        listener.ifPresent(row -> evidence.add(new Evidence(
                TcpFindings.name(row, "A program") + " listens on TCP port " + row.number("local_port") + ".",
                Subject.TCP,
                "state == listen and local_port == " + row.number("local_port"))));
        String why = watched.isEmpty()
                ? "no interface is watched"
                : "no packet of it came by on " + Words.join(watched, MOST_NAMES) + ", and the kernel dropped none";
        Finding finding = Finding.of(
                Character.toUpperCase(name.charAt(0)) + name.substring(1) + " was not seen in the last "
                        + Look.WINDOW_TEXT + ": " + why
                        + (listener.isPresent()
                                ? ", though " + TcpFindings.name(listener.get(), "a program") + " listens."
                                : "."),
                evidence);
        return Optional.of(finding.next("See what could be watched:", "jopil interfaces"));
    }
}
