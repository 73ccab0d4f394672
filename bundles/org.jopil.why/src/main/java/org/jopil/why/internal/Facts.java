// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jopil.why.internal.Rows.Row;

/**
 * What the reports say of a subject for the last minute. Rules decide by this alone.
 *
 * @param flows that were active
 * @param drops of its packets, most packets first
 * @param tcp its connections and listeners
 * @param latency a row per stage and process
 * @param journeys single packets, newest first
 * @param watched names of the interfaces that are watched
 * @param missing what could not be asked, with the reason
 */
record Facts(
        Subject subject,
        Rows flows,
        List<DropGroup> drops,
        Rows tcp,
        Rows latency,
        Rows journeys,
        List<String> watched,
        List<String> missing) {

    private static final String LISTEN = "listen";
    private static final Set<String> GONE = Set.of("close", "time_wait");

    Stream<Row> listeners() {
        return tcp.stream()
                .filter(row -> row.text("state").equals(LISTEN))
                .filter(row ->
                        subject.kind() != Subject.Kind.PORT || subject.ports().contains(row.number("local_port")));
    }

    /** Listeners left out; closed ones, too. */
    Stream<Row> connections() {
        return tcp.stream()
                .filter(row -> !row.text("state").equals(LISTEN)
                        && !GONE.contains(row.text("state").replace('-', '_')));
    }

    /** Connections that somebody opens and nobody answers: SYN after SYN. */
    Stream<Row> unanswered() {
        return flows.stream().filter(Facts::isUnanswered);
    }

    static boolean isUnanswered(Row flow) {
        return flow.text("protocol").equals("tcp")
                && flow.text("state").equals("new")
                && flow.number("packets_rev") == 0
                && flow.number("packets_fwd") > 1;
    }

    /** Rows of one stage on the way in. */
    Stream<Row> stage(String stage) {
        return latency.stream().filter(row -> row.text("stage").equals(stage) && row.number("count") > 0);
    }

    Stream<DropGroup> dropsBy(Advice advice) {
        return drops.stream().filter(group -> group.about() == advice);
    }

    /** Whether something was dropped here, so that loss elsewhere need not be looked for. What is dropped because it came twice is what loss leads to. */
    boolean dropsExplain() {
        return drops.stream().anyMatch(group -> group.about() != Advice.USUAL);
    }

    boolean seen() {
        return !flows.isEmpty()
                || !drops.isEmpty()
                || !journeys.isEmpty()
                || latency.stream().anyMatch(row -> row.number("count") > 0)
                || connections().findAny().isPresent();
    }
}
