// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.source.Why.Evidence;
import org.jopil.why.internal.Rows.Row;

/**
 * Drops of the subject at one place in the kernel.
 *
 * @param events of them, the newest first, at least one
 * @param place row of report drops that has the advice, null if there is none
 * @param packets that were dropped in the window, as far as they were told of
 * @param isExact whether every one was
 */
record DropGroup(List<Row> events, Row place, long packets, boolean isExact) {
    private static final List<String> PLACE = List.of("reason", "symbol", "hook", "interface", "namespace");
    private static final int MOST_NAMES = 3;

    /** By place and protocol, the most packets first. */
    static List<DropGroup> of(Rows events, Rows places) {
        Map<List<String>, List<Row>> groups = new LinkedHashMap<>();
        events.stream().forEach(event -> {
            List<String> key = new ArrayList<>(key(event));
            key.add(event.text("protocol"));
            groups.computeIfAbsent(key, k -> new ArrayList<>()).add(event);
        });
        List<DropGroup> made = new ArrayList<>();
        for (List<Row> group : groups.values()) {
            List<String> key = key(group.get(0));
            Row place = places.stream()
                    .filter(row -> key(row).equals(key))
                    .findFirst()
                    .orElse(null);
            // those left out before an event may have been dropped elsewhere: what was told is a lower bound
            long packets = group.stream()
                    .mapToLong(event -> Math.max(1, event.number("packets")))
                    .sum();
            boolean told = group.stream().allMatch(event -> event.number("weight") <= 1);
            made.add(new DropGroup(group, place, packets, told && !events.isInexact()));
        }
        made.sort((a, b) -> Long.compare(b.packets, a.packets));
        return made;
    }

    private static List<String> key(Row row) {
        return PLACE.stream().map(row::text).toList();
    }

    Row newest() {
        return events.get(0);
    }

    String reason() {
        return newest().text("reason");
    }

    String hook() {
        return newest().text("hook");
    }

    String namespace() {
        return newest().text("namespace");
    }

    /** Empty where no rule has advice. */
    String adviceId() {
        return place == null ? "" : place.text("advice_id");
    }

    Advice about() {
        return Advice.of(adviceId());
    }

    /** Without the final stop. */
    String advice() {
        return newest().text("advice").replaceFirst("\\.$", "");
    }

    /** Empty where no rule has one. */
    String command() {
        String command = place == null ? "" : place.text("command");
        return command.replace("ADDRESS", newest().text("dst_ip"));
    }

    /** {@code 214 packets}, {@code at least 1,200 packets}. */
    String amount() {
        return (isExact ? "" : "at least ") + Words.count(packets, "packet");
    }

    /** Where they were going: {@code to port 8080}. */
    String target(Subject subject) {
        String column = "dst_port";
        if (subject.ports().isEmpty() && subject.kind() != Subject.Kind.ADDRESS) {
            return to("to", column);
        }
        String name = subject.question();
        return switch (subject.kind()) {
            case ADDRESS -> values("dst_ip").equals(List.of(name))
                    ? "to " + name
                    : values("src_ip").equals(List.of(name)) ? "from " + name : "to and from " + name;
            default -> {
                boolean from =
                        events.stream().noneMatch(event -> subject.ports().contains(event.number(column)));
                yield from ? to("from", "src_port") : to("to", column);
            }
        };
    }

    private String to(String preposition, String column) {
        List<String> ports = values(column);
        if (ports.isEmpty()) {
            return preposition + " " + Words.join(values(column.replace("port", "ip")), MOST_NAMES);
        }
        return preposition + (ports.size() == 1 ? " port " : " ports ") + Words.join(ports, MOST_NAMES);
    }

    private List<String> values(String column) {
        return events.stream()
                .map(event -> event.text(column))
                .filter(text -> !text.isEmpty())
                .distinct()
                .toList();
    }

    /** {@code nft}, as far as the function tells; for the begin of a sentence. */
    String who() {
        String symbol = newest().text("symbol");
        if (symbol.startsWith("nft_")) {
            return "nft";
        }
        return symbol.startsWith("ipt_") || symbol.startsWith("ip6t_") ? "iptables" : "A firewall";
    }

    /** Who the packets were for, by name; empty if it is not told. */
    String process() {
        return Words.join(values("process"), 1);
    }

    /** The single drops, and the count of the place. */
    List<Evidence> evidence(Subject subject) {
        List<Evidence> evidence = new ArrayList<>();
        String told = amount();
        evidence.add(new Evidence(
                Character.toUpperCase(told.charAt(0)) + told.substring(1) + " " + target(subject)
                        + " dropped in the last " + Look.WINDOW_TEXT + ": " + reason() + where() + ".",
                Subject.DROP_EVENTS,
                subject.clause(Subject.DROP_EVENTS, "reason == " + reason())));
        if (place != null) {
            evidence.add(new Evidence(
                    "At this place in all: " + Words.count(place.number("packets"), "packet") + " since JOPIL started.",
                    "drops",
                    placeFilter()));
        }
        return evidence;
    }

    private String where() {
        StringBuilder where = new StringBuilder();
        if (!newest().text("symbol").isEmpty()) {
            where.append(" in ").append(newest().text("symbol"));
        }
        if (!newest().text("interface").isEmpty()) {
            where.append(" on ").append(newest().text("interface"));
        }
        if (!namespace().isEmpty() && !newest().text("interface").startsWith(namespace() + "/")) {
            where.append(", namespace ").append(namespace());
        }
        return where.toString();
    }

    String placeFilter() {
        return Words.all(
                "reason == " + reason(),
                newest().text("symbol").isEmpty() ? "" : "symbol == " + Words.value(newest().text("symbol")),
                namespace().isEmpty() ? "" : "namespace == " + Words.value(namespace()));
    }
}
