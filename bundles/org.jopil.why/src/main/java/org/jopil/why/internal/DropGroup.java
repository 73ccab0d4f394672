// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
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
    private static final String SRC_IP = "src_ip";
    private static final String DST_PORT = "dst_port";
    private static final List<String> PAIR = List.of("protocol", SRC_IP, "dst_ip", DST_PORT);
    private static final int MOST_NAMES = 3;

    /**
     * By place and protocol, the most packets first.
     *
     * @param knowsAll whether all events of the window were listened to
     */
    static List<DropGroup> of(Rows events, Rows places, boolean knowsAll) {
        Map<List<String>, List<Row>> groups = new LinkedHashMap<>();
        events.stream().forEach(event -> {
            List<String> key = new ArrayList<>(place(event));
            key.add(event.text("protocol"));
            groups.computeIfAbsent(key, k -> new ArrayList<>()).add(event);
        });
        List<DropGroup> made = new ArrayList<>();
        for (List<Row> group : groups.values()) {
            List<String> key = place(group.get(0));
            Row place = places.stream()
                    .filter(row -> place(row).equals(key))
                    .findFirst()
                    .orElse(null);
            // those left out before an event may have been dropped elsewhere: what was told is a lower bound
            long packets = group.stream()
                    .mapToLong(event -> Math.max(1, event.number("packets")))
                    .sum();
            boolean told = group.stream().allMatch(event -> event.number("weight") <= 1);
            made.add(new DropGroup(group, place, packets, told && knowsAll && !events.isInexact()));
        }
        made.sort((a, b) -> Long.compare(b.packets, a.packets));
        return made;
    }

    /** Of a single drop, or of a row of report drops. */
    static List<String> place(Row row) {
        return Scan.key(row, PLACE);
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
        return command.replace("ADDRESS", newest().text("dst_ip")).replace("SENDER", newest().text("src_ip"));
    }

    /** {@code 214 packets}, {@code at least 1,200 packets}. */
    String amount() {
        return (isExact ? "" : "at least ") + Words.count(packets, "packet");
    }

    /** Where they were going: {@code to port 8080}, {@code from 10.0.0.9 to port 53}. */
    String target(Subject subject) {
        return withAddress(ports(subject));
    }

    /** The same, whatever was asked; empty if nothing is known of it. */
    String target() {
        return withAddress(to("to", DST_PORT));
    }

    private String withAddress(String target) {
        String column = about().address();
        String addresses = column.isEmpty() ? "" : Words.join(values(column), MOST_NAMES);
        if (addresses.isEmpty() || target.contains(addresses)) {
            return target;
        }
        return column.equals(SRC_IP) ? "from " + addresses + " " + target : target + " of " + addresses;
    }

    private String ports(Subject subject) {
        String column = DST_PORT;
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
            List<String> addresses = values(column.replace("port", "ip"));
            return addresses.isEmpty() ? "" : preposition + " " + Words.join(addresses, MOST_NAMES);
        }
        return preposition + (ports.size() == 1 ? " port " : " ports ") + Words.join(ports, MOST_NAMES);
    }

    private List<String> values(String column) {
        return events.stream()
                .map(event -> event.text(column))
                .filter(text -> !text.isEmpty() && !text.equals("0"))
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

    /** What to ask why of: the port that most were for, else the address, else the interface. */
    String question() {
        return Stream.of(DST_PORT, "dst_ip", "interface")
                .map(this::commonest)
                .filter(value -> !value.isEmpty())
                .findFirst()
                .orElse("");
    }

    private String commonest(String column) {
        Map<String, Long> counts = new LinkedHashMap<>();
        values(column).forEach(value -> counts.put(value, 0L));
        events.forEach(event -> counts.computeIfPresent(event.text(column), (value, count) -> count + 1));
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("");
    }

    /** Who the packets were for, by name; empty if it is not told. */
    String process() {
        return Words.join(
                events.stream()
                        .filter(event -> event.text("process_is").equals("receiver"))
                        .map(event -> event.text("process"))
                        .distinct()
                        .toList(),
                1);
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
        ends().ifPresent(evidence::add);
        if (place != null) {
            evidence.add(new Evidence(
                    "At this place in all: " + Words.count(place.number("packets"), "packet") + " since JOPIL started.",
                    "drops",
                    placeFilter()));
        }
        return evidence;
    }

    /** The two ends that come most often, with the process that is known there. */
    private Optional<Evidence> ends() {
        Map<List<String>, List<Row>> pairs = new LinkedHashMap<>();
        events.stream().filter(event -> event.has(SRC_IP)).forEach(event -> pairs.computeIfAbsent(
                        Scan.key(event, PAIR), k -> new ArrayList<>())
                .add(event));
        return pairs.values().stream().max(Comparator.comparingInt(List::size)).map(same -> {
            Row event = same.get(0);
            String port = event.has(DST_PORT) ? " port " + event.text(DST_PORT) : "";
            return new Evidence(
                    (pairs.size() == 1 ? "All of them " : "The most, " + same.size() + " of " + events.size() + ", ")
                            + event.text("protocol") + " from "
                            + event.text(SRC_IP) + process(same, "sender") + " to " + event.text("dst_ip")
                            + port + process(same, "receiver") + ".",
                    Subject.DROP_EVENTS,
                    Words.all(
                            "reason == " + reason(),
                            "src_ip == " + event.text(SRC_IP),
                            "dst_ip == " + event.text("dst_ip"),
                            port.isEmpty() ? "" : DST_PORT + " == " + event.text(DST_PORT)));
        });
    }

    private static String process(List<Row> same, String end) {
        List<String> names = same.stream()
                .filter(event -> event.text("process_is").equals(end))
                .map(event -> event.text("process"))
                .distinct()
                .toList();
        return names.isEmpty() ? "" : " (" + Words.join(names, MOST_NAMES) + ")";
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
