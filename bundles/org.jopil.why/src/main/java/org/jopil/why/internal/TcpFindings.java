// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jopil.api.source.Why.Evidence;
import org.jopil.why.internal.Rows.Row;

/** Verdicts from the state of TCP sockets. */
final class TcpFindings {
    /** More is loss that one feels: at 1 % a bulk transfer over 10 ms is held to some ten Mbit/s by congestion control. */
    static final double LOSSY_SHARE = 0.01;

    /** Fewer segments sent again are no rate. */
    static final long FEWEST_RETRANSMITS = 3;

    private static final int MOST_LOSSY = 3;

    private TcpFindings() {}

    static Optional<Finding> acceptQueueFull(Facts facts) {
        Optional<DropGroup> overflow = facts.dropsBy(Advice.LISTEN_OVERFLOW).findFirst();
        Optional<Row> waiting = facts.listeners()
                .filter(row -> row.number("receive_queue") > row.number("accept_limit"))
                .max(Comparator.comparingLong(row -> row.number("receive_queue")));
        long unanswered = facts.unanswered().count();
        boolean silent = waiting.isPresent() && unanswered > 0;
        if (overflow.isEmpty() && !silent) {
            return Optional.empty();
        }
        List<Evidence> evidence = new ArrayList<>();
        waiting.ifPresent(row -> evidence.add(new Evidence(
                Words.count(row.number("receive_queue"), "connection") + " waiting for " + name(row, "the program")
                        + " to accept, where " + row.number("accept_limit") + " may"
                        + (row.number("drops") > 0
                                ? "; since it listens " + Words.count(row.number("drops"), "attempt")
                                        + " to connect, repeated ones too, found the queue full."
                                : "."),
                Subject.TCP,
                "state == listen and local_port == " + row.number("local_port"))));
        if (unanswered > 0) {
            evidence.add(unansweredEvidence(facts, unanswered));
        }
        overflow.ifPresent(group -> evidence.addAll(group.evidence(facts.subject())));
        String who = waiting.map(row -> name(row, "")).orElse("");
        String namespace = waiting.map(row -> row.text("namespace"))
                .orElse(overflow.map(DropGroup::namespace).orElse(""));
        String sentence = (who.isEmpty() ? "The program" : who) + " does not accept in time: the accept queue of "
                + waiting.map(row -> "port " + row.number("local_port"))
                        .orElse(facts.subject().name())
                + (namespace.isEmpty() ? "" : " in " + namespace) + " is full"
                + waiting.map(row -> " (" + row.number("receive_queue") + " wait, its limit is "
                                + row.number("accept_limit") + ")")
                        .orElse("")
                + ", and new connections get no answer.";
        return Optional.of(Finding.of(sentence, evidence)
                .next("See the queue (Recv-Q) and its limit (Send-Q):", inside(namespace) + "ss -ltn"));
    }

    static Optional<Finding> portClosed(Facts facts) {
        Optional<DropGroup> closed = facts.dropsBy(Advice.TCP_PORT_CLOSED).findFirst();
        return closed.map(group -> {
            List<Evidence> evidence = group.evidence(facts.subject());
            boolean listens = facts.listeners().findAny().isPresent();
            String sentence = listens
                    ? "Connections were over before their last packets came: " + group.amount() + " "
                            + group.target(facts.subject()) + " found no socket."
                    : "Nobody listens on TCP: " + group.amount() + " " + group.target(facts.subject())
                            + " found no socket, and each was answered with a reset.";
            return Finding.of(sentence, evidence).next("See who listens:", group.command());
        });
    }

    /** The application does not read at all, so that no wait was ever measured. */
    static Optional<Finding> closedWindow(Facts facts) {
        return facts.connections()
                .filter(row -> row.number("zero_windows_sent") > 0 && row.number("receive_queue") > 0)
                .max(Comparator.comparingLong(row -> row.number("receive_queue")))
                .map(row -> Finding.of(
                                name(row, "The program") + " does not read: "
                                        + Words.count(row.number("receive_queue"), "byte")
                                        + " wait in its socket on port "
                                        + row.number("local_port") + ", and it has told the sender to stop.",
                                List.of(new Evidence(
                                        "The receive window was closed "
                                                + Words.count(row.number("zero_windows_sent"), "time")
                                                + " by this side.",
                                        Subject.TCP,
                                        facts.subject().clause(Subject.TCP, "zero_windows_sent > 0"))))
                        .next("See what its threads wait for:", threads(row.text("process"))));
    }

    static Optional<Finding> retransmits(Facts facts) {
        List<Row> lossy = facts.connections()
                .filter(row -> row.number("retransmits") >= FEWEST_RETRANSMITS && share(row) > LOSSY_SHARE)
                .sorted(Comparator.comparingLong((Row row) -> row.number("retransmits"))
                        .reversed())
                .toList();
        if (lossy.isEmpty() || facts.dropsExplain() || acceptQueueFull(facts).isPresent()) {
            return Optional.empty();
        }
        long again = lossy.stream().mapToLong(row -> row.number("retransmits")).sum();
        long sent = lossy.stream().mapToLong(row -> row.number("segments_out")).sum();
        List<String> ways = lossy.stream()
                .map(row -> "from " + row.text("local_ip") + " to " + row.text("remote_ip") + ":"
                        + row.number("remote_port"))
                .distinct()
                .toList();
        String filter = facts.subject().clause(Subject.TCP, "retransmits >= " + FEWEST_RETRANSMITS);
        List<Evidence> evidence = new ArrayList<>();
        lossy.stream()
                .limit(MOST_LOSSY)
                .forEach(row -> evidence.add(new Evidence(sentAgain(row) + otherWay(facts, row), Subject.TCP, filter)));
        return Optional.of(Finding.of(
                        "The network loses packets " + Words.join(ways, MOST_LOSSY) + ": "
                                + Words.count(again, "segment") + " of "
                                + Words.number(sent) + " ("
                                + Words.percent((double) again / sent) + ") had to be sent again since "
                                + (lossy.size() == 1 ? "the connection" : "the connections")
                                + " began, and no drop on this machine accounts for it.",
                        evidence)
                .next(
                        "Ask twice to see whether it goes on, and by which timer:",
                        "jopil tcp '" + filter.replace("'", "")
                                + "' --fields remote_ip,remote_port,process,segments_out,retransmits,retransmits_timeout,"
                                + "retransmits_fast,retransmits_probe"));
    }

    private static String sentAgain(Row row) {
        return name(row, "A program") + " to " + row.text("remote_ip") + ":" + row.number("remote_port") + ": "
                + Words.count(row.number("retransmits"), "segment") + " of "
                + Words.number(row.number("segments_out")) + " sent again.";
    }

    /** Where the other end is on this machine, too: loss one way alone is no fault of either program. */
    private static String otherWay(Facts facts, Row row) {
        return facts.connections()
                .filter(other -> other.text("local_ip").equals(row.text("remote_ip"))
                        && other.number("local_port") == row.number("remote_port")
                        && other.text("remote_ip").equals(row.text("local_ip"))
                        && other.number("remote_port") == row.number("local_port"))
                .findFirst()
                .map(other -> " Both ends are on this machine; the other way it is "
                        + Words.number(other.number("retransmits")) + " of "
                        + Words.number(other.number("segments_out")) + ".")
                .orElse("");
    }

    private static double share(Row row) {
        return row.number("segments_out") == 0 ? 0 : (double) row.number("retransmits") / row.number("segments_out");
    }

    static Optional<Finding> unanswered(Facts facts) {
        long count = facts.unanswered().count();
        return count == 0 || facts.dropsExplain() || acceptQueueFull(facts).isPresent()
                ? Optional.empty()
                : Optional.of(Finding.of(
                                Words.count(count, "connection") + " with "
                                        + facts.subject().name()
                                        + " got no answer, though JOPIL saw the packets and no drop of them.",
                                List.of(unansweredEvidence(facts, count)))
                        .next("See their packets:", packets(facts)));
    }

    private static Evidence unansweredEvidence(Facts facts, long count) {
        return new Evidence(
                Words.count(count, "flow") + " with SYNs one way and nothing back.",
                Subject.FLOWS,
                facts.subject().clause(Subject.FLOWS, "state == new and packets_rev == 0"));
    }

    static Optional<Finding> resets(Facts facts) {
        List<Row> reset = facts.flows().stream()
                .filter(row -> row.text("end_reason").equals("rst"))
                .toList();
        return reset.isEmpty()
                ? Optional.empty()
                : Optional.of(Finding.of(
                                Words.count(reset.size(), "connection") + " with "
                                        + facts.subject().name() + " ended by a reset in the last " + Look.WINDOW_TEXT
                                        + ".",
                                List.of(new Evidence(
                                        "The newest was " + reset.get(0).text("src_ip") + " to "
                                                + reset.get(0).text("dst_ip") + " port "
                                                + reset.get(0).text("dst_port") + ".",
                                        Subject.FLOWS,
                                        facts.subject().clause(Subject.FLOWS, "end_reason == rst"))))
                        .next(
                                "See them:",
                                "jopil flows '"
                                        + facts.subject()
                                                .clause(Subject.FLOWS, "end_reason == rst")
                                                .replace("'", "") + "'"));
    }

    static String packets(Facts facts) {
        return "jopil packets --follow --limit 20 '"
                + facts.subject().clause(Subject.FLOWS, "").replace("'", "") + "'";
    }

    /** {@code orders[812]}, or other words where it is not known. */
    static String name(Row row, String otherwise) {
        return row.text("process").isEmpty() ? otherwise : row.text("process");
    }

    static String inside(String namespace) {
        return namespace.isEmpty() || namespace.startsWith("net:") ? "" : "ip netns exec " + namespace + " ";
    }

    /** Threads of {@code name[pid]}, and where in the kernel each waits; empty where the process is not known. */
    static String threads(String process) {
        String pid = process.replaceFirst("^.*\\[(\\d+)]$", "$1");
        return pid.matches("\\d+") ? "ps -L -o pid,tid,stat,wchan:24,comm -p " + pid : "";
    }
}
