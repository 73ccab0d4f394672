// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Verdicts from what the kernel dropped. */
final class DropFindings {
    /** More than the odd straggler. */
    private static final long MANY = 20;

    private DropFindings() {}

    static boolean isUsual(DropGroup group) {
        return group.about() == Advice.USUAL && group.packets() < MANY;
    }

    /** Drops with this advice, in its own words. */
    static Function<Facts, Optional<Finding>> by(Advice advice) {
        return facts -> facts.dropsBy(advice).findFirst().map(group -> said(facts, group));
    }

    static Optional<Finding> firewall(Facts facts) {
        return facts.dropsBy(Advice.FIREWALL)
                .findFirst()
                .map(group -> group.adviceId().startsWith("netfilter")
                        ? finding(
                                facts,
                                group,
                                group.who() + " dropped " + group.amount() + " " + group.target(facts.subject())
                                        + hook(group))
                        : said(facts, group));
    }

    private static String hook(DropGroup group) {
        String hook = group.hook().isEmpty() ? "" : " in the " + group.hook() + " hook";
        return hook + (group.namespace().isEmpty() ? "." : " of " + group.namespace() + ".");
    }

    static Optional<Finding> udpPortClosed(Facts facts) {
        return facts.dropsBy(Advice.UDP_PORT_CLOSED)
                .findFirst()
                .map(group -> finding(
                        facts,
                        group,
                        "Nobody listens on UDP: " + group.amount() + " " + group.target(facts.subject())
                                + " had no socket" + namespace(group) + "."));
    }

    static Optional<Finding> udpBufferFull(Facts facts) {
        return facts.dropsBy(Advice.UDP_BUFFER_FULL).findFirst().map(group -> {
            String reader = group.process().isEmpty() ? reader(facts) : group.process();
            return finding(
                    facts,
                    group,
                    (reader.isEmpty() ? "The program that gets them" : reader) + " reads slower than packets come: "
                            + group.amount() + " " + group.target(facts.subject())
                            + " found its receive buffer full" + namespace(group) + ".");
        });
    }

    /** Who reads from the subject's sockets, if it is one alone. */
    private static String reader(Facts facts) {
        List<String> readers = facts.stage(LatencyFindings.QUEUE)
                .map(row -> row.text("process"))
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
        return readers.size() == 1 ? readers.get(0) : "";
    }

    static Optional<Finding> others(Facts facts) {
        return facts.drops().stream()
                .filter(group -> group.about() == Advice.OTHER || group.about() == Advice.USUAL && !isUsual(group))
                .findFirst()
                .map(group -> said(facts, group));
    }

    private static Finding said(Facts facts, DropGroup group) {
        String why = group.advice().isEmpty() ? "the kernel says " + group.reason() : lower(group.advice());
        return finding(
                facts,
                group,
                "The kernel dropped " + group.amount() + " " + group.target(facts.subject()) + namespace(group) + ": "
                        + why + ".");
    }

    private static Finding finding(Facts facts, DropGroup group, String sentence) {
        return Finding.of(sentence, group.evidence(facts.subject())).next("See what does it:", group.command());
    }

    private static String namespace(DropGroup group) {
        return group.namespace().isEmpty() ? "" : " in " + group.namespace();
    }

    /** For the middle of a sentence; names in capitals stay. */
    static String lower(String sentence) {
        boolean name = sentence.length() > 1 && Character.isUpperCase(sentence.charAt(1));
        return name || sentence.isEmpty()
                ? sentence
                : Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1);
    }
}
