// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Why.Level;
import org.jopil.why.internal.Rows.Row;

/** What may stand out, and from which value on. No state. */
final class Signals {
    /** A packet every two seconds is one that somebody tries again and again; fewer are stray. */
    static final double DROPS_PER_SECOND = 0.5;

    /** Felt, see there. */
    static final double RETRANSMIT_SHARE = TcpFindings.LOSSY_SHARE;

    /** Fewer in the window are an accident. */
    static final long FEWEST_RETRANSMITS = 5;

    /** Below it one CPU is enough for all. */
    static final double BUSY_PACKETS_PER_SECOND = 20_000;

    /** Nearly all the work on one CPU. */
    static final double UNEVEN_SHARE = 0.9;

    /** Of all bytes: louder than all others together. */
    static final double LOUD_SHARE = 0.5;

    /** A talker below it disturbs nobody. */
    static final double LOUD_BITS_PER_SECOND = 10e6;

    /** A talker is new if it was not among the largest this long ago. */
    static final double NEW_SECONDS = 20;

    private Signals() {}

    /**
     * @param drops rows of report drops
     * @param events what was told of single drops of such a row, the newest first
     */
    static List<Signal> drops(Rows drops, Function<Row, Rows> events) {
        List<Signal> signals = new ArrayList<>();
        drops.stream().forEach(row -> {
            Advice advice = Advice.of(row.text("advice_id"));
            double strength = row.real("packets_per_second") / DROPS_PER_SECOND;
            if (advice != Advice.USUAL && strength >= Signal.STAYS) {
                boolean ours = advice != Advice.OTHER;
                List<DropGroup> groups = DropGroup.of(events.apply(row), drops, false);
                signals.add(new Signal(
                        advice.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        DropGroup.place(row).toString(),
                        ours ? Level.BAD : Level.WARN,
                        strength,
                        dropSentence(
                                row,
                                advice,
                                groups.isEmpty() ? "" : groups.get(0).target()),
                        groups.isEmpty() ? row.text("interface") : groups.get(0).question(),
                        "drops"));
            }
        });
        return signals;
    }

    private static String dropSentence(Row row, Advice advice, String target) {
        String where = in(row);
        String amount = perSecond(row.real("packets_per_second"), "packet") + (target.isEmpty() ? "" : " " + target);
        return switch (advice) {
            case FIREWALL -> row.text("hook").isEmpty()
                    ? "A program drops " + amount + " on " + row.text("interface") + where + "."
                    : (row.text("symbol").startsWith("nft_") ? "nft" : "A firewall") + " drops " + amount + " in the "
                            + row.text("hook") + " hook" + where.replaceFirst("^ in ", " of ") + ".";
            case UDP_BUFFER_FULL -> "A program reads slower than packets come: " + amount + " find its UDP buffer full"
                    + where + ".";
            case UDP_PORT_CLOSED -> "Nobody listens on a UDP port that gets " + amount + where + ".";
            case TCP_PORT_CLOSED -> "Nobody listens on a TCP port that gets " + amount + where + ".";
            case LISTEN_OVERFLOW -> "A program does not accept in time: its queue turns away " + amount + where + ".";
            default -> "The kernel drops " + amount + where + ": "
                    + (row.text("advice").isEmpty()
                            ? row.text("reason")
                            : DropFindings.lower(row.text("advice").replaceFirst("\\.$", "")))
                    + ".";
        };
    }

    private static String in(Row row) {
        return row.text("namespace").isEmpty() ? "" : " in " + row.text("namespace");
    }

    private static String perSecond(double rate, String one) {
        return rate < 1.5
                ? "one " + one + " every " + (rate < 0.75 ? Math.round(1 / rate) + " seconds" : "second")
                : Words.count(Math.round(rate), one) + " a second";
    }

    /** @param latency rows by port, of stage socket_queue too: a process may have other troubles at another port */
    static List<Signal> slowReaders(Rows latency) {
        List<Signal> signals = new ArrayList<>();
        latency.stream()
                .filter(row -> row.text("stage").equals(LatencyFindings.QUEUE)
                        && row.number("count") >= LatencyFindings.FEWEST
                        && row.has("process"))
                .forEach(row -> signals.add(new Signal(
                        "slow-reader",
                        row.text("process"),
                        Level.BAD,
                        (double) row.number("p50_ns") / LatencyFindings.SLOW_READER_NS,
                        "Packets wait " + Words.duration(row.number("p50_ns")) + " for " + row.text("process")
                                + " to read.",
                        row.number("port") > 0 ? row.text("port") : row.text("process"),
                        "latency")));
        return signals;
    }

    /** @param before null at the first scan: then nothing is said */
    static List<Signal> acceptQueues(Scan now, Scan before) {
        List<Signal> signals = new ArrayList<>();
        if (before == null) {
            return signals;
        }
        Map<List<String>, Long> then = new HashMap<>();
        before.listeners().stream().forEach(row -> then.put(Scan.listener(row), row.number("drops")));
        now.listeners().stream()
                .filter(row -> row.number("receive_queue") > row.number("accept_limit"))
                .forEach(row -> {
                    long more = row.number("drops") - then.getOrDefault(Scan.listener(row), row.number("drops"));
                    double rate = more / now.secondsSince(before);
                    if (rate > 0) {
                        signals.add(new Signal(
                                "accept-queue-full",
                                Scan.listener(row).toString(),
                                Level.BAD,
                                rate / DROPS_PER_SECOND,
                                (row.has("process") ? row.text("process") : "A program")
                                        + " does not accept in time: the accept queue of port " + row.text("local_port")
                                        + in(row) + " is full, leaving " + perSecond(rate, "SYN")
                                        + " without an answer.",
                                row.text("local_port"),
                                "tcp"));
                    }
                });
        return signals;
    }

    /** @param before null at the first scan: then nothing is said */
    static Optional<Signal> retransmits(Scan now, Scan before) {
        if (before == null) {
            return Optional.empty();
        }
        long sent = 0;
        long again = 0;
        Map<String, long[]> byPeer = new HashMap<>();
        for (Map.Entry<List<String>, long[]> connection : now.segments().entrySet()) {
            long[] then = before.segments().getOrDefault(connection.getKey(), new long[2]);
            long more = connection.getValue()[1] - then[1];
            if (more < 0) {
                continue; // another connection with the same addresses
            }
            long sentMore = connection.getValue()[0] - then[0];
            sent += sentMore;
            again += more;
            long[] peer = byPeer.computeIfAbsent(Scan.peer(connection.getKey()), key -> new long[2]);
            peer[0] += sentMore;
            peer[1] += more;
        }
        if (again < FEWEST_RETRANSMITS || sent <= 0) {
            return Optional.empty();
        }
        double share = (double) again / sent;
        Map.Entry<String, long[]> worst =
                Collections.max(byPeer.entrySet(), Comparator.comparingLong(entry -> entry.getValue()[1]));
        double ofWorst = (double) worst.getValue()[1] / Math.max(1, worst.getValue()[0]);
        return Optional.of(new Signal(
                "retransmits",
                "",
                Level.WARN,
                share / RETRANSMIT_SHARE,
                Words.percent(share) + " of this machine's TCP segments are sent again, the most to "
                        + worst.getKey() + (byPeer.size() == 1 ? "" : ": " + Words.percent(ofWorst) + " of those")
                        + ".",
                worst.getKey(),
                "tcp"));
    }

    static Optional<Signal> unevenCpus(Rows cpus) {
        double all =
                cpus.stream().mapToDouble(row -> row.real("packets_per_second")).sum();
        if (cpus.size() < 2 || all < BUSY_PACKETS_PER_SECOND) {
            return Optional.empty();
        }
        return cpus.stream()
                .max(Comparator.comparingDouble(row -> row.real("packets_per_second")))
                .map(row -> {
                    double share = row.real("packets_per_second") / all;
                    return new Signal(
                            "uneven-cpus",
                            "",
                            Level.WARN,
                            share >= UNEVEN_SHARE ? 1 : share / UNEVEN_SHARE - 0.5,
                            "CPU " + row.number("cpu") + " has " + Words.percent(share) + " of the packets, "
                                    + Words.count(cpus.size() - 1L, "other") + " the rest.",
                            "",
                            "cpus");
                });
    }

    /** @param then a scan of a while ago, null if there is none yet: then nobody is new */
    static Optional<Signal> newTalker(Scan now, Scan before, Scan then) {
        if (before == null || then == null || now.secondsSince(then) < NEW_SECONDS) {
            return Optional.empty();
        }
        Map<String, Long> sent = new HashMap<>();
        now.talkers()
                .forEach((ip, bytes) ->
                        sent.put(ip, Math.max(0, bytes - before.talkers().getOrDefault(ip, 0L))));
        long all = sent.values().stream().mapToLong(Long::longValue).sum();
        double seconds = (now.talkersAtNs() - before.talkersAtNs()) / 1e9;
        return sent.entrySet().stream()
                .filter(talker -> !then.talkers().containsKey(talker.getKey()))
                .max(Map.Entry.comparingByValue())
                .filter(talker -> seconds > 0 && 8 * talker.getValue() / seconds >= LOUD_BITS_PER_SECOND)
                .map(talker -> {
                    double share = (double) talker.getValue() / all;
                    return new Signal(
                            "new-talker",
                            talker.getKey(),
                            Level.WARN,
                            share / LOUD_SHARE,
                            talker.getKey() + " is new, and in "
                                    + Words.percent(share) + " of the bytes: "
                                    + Math.round(8 * talker.getValue() / seconds / 1e6) + " Mbit/s.",
                            talker.getKey(),
                            "flows");
                });
    }

    /** @param ledger null while it is away */
    static List<Signal> ownLoss(Ledger.Snapshot ledger) {
        List<Signal> signals = new ArrayList<>();
        if (ledger == null) {
            return signals;
        }
        long lost = ledger.seconds().stream().mapToLong(Ledger.Second::ringFull).sum();
        long observed =
                ledger.seconds().stream().mapToLong(Ledger.Second::observed).sum();
        if (lost > 0) {
            signals.add(new Signal(
                    "own-loss",
                    "ring",
                    Level.WARN,
                    1,
                    "JOPIL itself missed " + Words.count(lost, "event") + " of " + observed
                            + " in the last minute; counters stay exact.",
                    "",
                    "ledger"));
        }
        ledger.findings().stream()
                .findFirst()
                .ifPresent(finding -> signals.add(new Signal(
                        "own-loss", "finding", Level.BAD, 1, finding.text().replaceFirst("\\.?$", "."), "", "ledger")));
        return signals;
    }
}
