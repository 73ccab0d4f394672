// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Query;
import org.jopil.api.report.Reports;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.why.internal.Rows.Row;

/** One look at the reports, for one question. Used once, by one thread. */
final class Look {
    /** How far back it goes: long enough for a few tries of a slow client, short enough to be about now. */
    static final long WINDOW_NS = 60_000_000_000L;

    static final String WINDOW_TEXT = "60 s";

    /** More rows change no verdict. */
    private static final int MOST_ROWS = 2_000;

    private static final int MOST_JOURNEYS = 50;
    private static final String NOT_HERE = "JOPIL-404";
    private static final String BAD_FILTER = "JOPIL-131";
    private static final String NEVER_MATCHES = "JOPIL-132";

    private final Reports reports;
    private final Filters filters;
    private final List<InterfaceStatus> links;
    private final long sinceNs;
    private final boolean knowsAll;
    private final List<String> missing = new ArrayList<>();
    private final Map<String, JopilException> unfit = new LinkedHashMap<>();
    private int answered;

    /**
     * @param interfaces null while the sensor is away
     * @param began single drops of before may have been told to nobody
     */
    Look(Reports reports, Filters filters, Interfaces interfaces, Instant began, Instant now) {
        this.reports = reports;
        this.filters = filters;
        this.links = interfaces == null ? List.of() : interfaces.list();
        this.sinceNs = now.getEpochSecond() * 1_000_000_000L + now.getNano() - WINDOW_NS;
        this.knowsAll = Duration.between(began, now).toNanos() > WINDOW_NS;
    }

    Facts at(String question) {
        Rows sockets = question.isBlank() ? Rows.none() : ask(Subject.TCP, Optional.empty(), Query.first(MOST_ROWS));
        Subject subject = Subject.of(
                question,
                links.stream().map(InterfaceStatus::name).toList(),
                namespaces(sockets),
                question.isBlank() ? Map.of() : processes(sockets));
        if (subject.kind() == Subject.Kind.FILTER) {
            check(question.strip(), sockets);
        }
        // of the search for processes: those that matter come again
        missing.clear();
        answered = 0;
        Rows flows = ask(subject, Subject.FLOWS, query(MOST_ROWS));
        Rows events = ask(subject, Subject.DROP_EVENTS, query(MOST_ROWS));
        Rows tcp = ask(subject, Subject.TCP, Query.first(MOST_ROWS)).and(asked(subject, flows));
        Rows latency = ask(subject, Subject.LATENCY, query(MOST_ROWS).withBy("process"));
        boolean asked = missing.stream().noneMatch(text -> text.startsWith(Subject.LATENCY + ":"));
        if (asked && latency.isEmpty() && !flows.isEmpty()) {
            missing.add(
                    "latency: none of its packets was among those that are followed, or what was asked is a client's port: times are kept by the server's.");
        }
        Rows journeys = ask(subject, Subject.JOURNEYS, query(MOST_JOURNEYS));
        if (subject.kind() == Subject.Kind.FILTER && answered == 0 && !unfit.isEmpty()) {
            throw refused(question.strip(), unfit.values().iterator().next(), sockets);
        }
        Rows places = events.isEmpty() ? Rows.none() : ask("drops", Optional.empty(), Query.first(MOST_ROWS));
        return new Facts(
                subject,
                flows,
                DropGroup.of(events, places, knowsAll),
                tcp,
                latency,
                journeys,
                links.stream()
                        .filter(InterfaceStatus::attached)
                        .map(InterfaceStatus::name)
                        .toList(),
                missing);
    }

    /** Listeners that do not answer the subject: they are no sockets of an address that only asks. */
    private Rows asked(Subject subject, Rows flows) {
        String ports = flows.stream()
                .filter(Facts::isUnanswered)
                .map(row -> "local_port == " + row.number("dst_port"))
                .distinct()
                .limit(Subject.MOST_PORTS)
                .collect(Collectors.joining(" or "));
        return subject.kind() == Subject.Kind.PORT || ports.isEmpty()
                ? Rows.none()
                : ask(Subject.TCP, Optional.of(Words.all("state == listen", ports)), Query.first(MOST_ROWS));
    }

    private Query query(int limit) {
        return Query.first(limit).withWindow(sinceNs, Long.MAX_VALUE);
    }

    /** Those of interfaces, and of sockets; the one JOPIL runs in has no name. */
    private Set<String> namespaces(Rows sockets) {
        Set<String> names = new TreeSet<>(sockets.distinct("namespace"));
        links.stream()
                .map(InterfaceStatus::namespace)
                .filter(name -> !name.isEmpty())
                .forEach(names::add);
        return names;
    }

    /** Processes with sockets or packets, and the local ports of each; listeners' alone if there are any. */
    private Map<String, List<Long>> processes(Rows sockets) {
        Map<String, List<Long>> listening = new LinkedHashMap<>();
        Map<String, List<Long>> others = new LinkedHashMap<>();
        sockets.stream()
                .filter(row -> row.has("process"))
                .forEach(row -> add(row.text("state").equals("listen") ? listening : others, row, "local_port"));
        ask(Subject.LATENCY, Optional.empty(), query(MOST_ROWS).withBy("process")).stream()
                .filter(row -> row.has("process"))
                .forEach(row -> add(others, row, "port"));
        ask(Subject.FLOWS, Optional.empty(), query(MOST_ROWS).withBy("process")).stream()
                .filter(row -> row.has("key"))
                .forEach(row -> others.computeIfAbsent(row.text("key"), process -> new ArrayList<>()));
        others.forEach(listening::putIfAbsent);
        return listening;
    }

    private static void add(Map<String, List<Long>> ports, Row row, String column) {
        List<Long> list = ports.computeIfAbsent(row.text("process"), process -> new ArrayList<>());
        if (row.has(column) && row.number(column) > 0 && !list.contains(row.number(column))) {
            list.add(row.number(column));
        }
    }

    private void check(String question, Rows sockets) {
        try {
            filters.parse(question);
        } catch (FilterException mistake) {
            throw refused(
                    question,
                    new JopilException(BAD_FILTER, 400, "The filter has a mistake", mistake.getMessage(), mistake),
                    sockets);
        }
    }

    /** One word was hardly meant as a filter. */
    private JopilException refused(String question, JopilException asFilter, Rows sockets) {
        if (question.contains(" ")) {
            return asFilter;
        }
        TreeSet<String> names = new TreeSet<>();
        links.forEach(link -> names.add(link.name()));
        names.addAll(namespaces(sockets));
        processes(sockets).keySet().forEach(process -> names.add(process.replaceFirst("\\[\\d+]$", "")));
        return new JopilException(
                "JOPIL-400",
                400,
                "Nothing here is called '" + question + "'",
                NearNames.hint(question, names)
                        + "It is no port, address, interface or namespace, no process with a socket that is known, and no filter.");
    }

    private Rows ask(Subject subject, String report, Query query) {
        Optional<String> clause = subject.clause(report);
        if (clause.isEmpty()) {
            missing.add(report + ": cannot be asked by " + subject.kind().name().toLowerCase(Locale.ROOT) + ".");
            return Rows.none();
        }
        return ask(report, clause, query);
    }

    private Rows ask(String report, Optional<String> clause, Query query) {
        try {
            Query asked = query;
            if (clause.isPresent()) {
                Filter filter = filters.parse(clause.get());
                asked = query.withFilter(filter);
            }
            Rows rows = Rows.of(reports.ask(report, asked));
            answered++;
            return rows;
        } catch (FilterException e) {
            throw new JopilException(BAD_FILTER, 400, "The filter has a mistake", e.getMessage(), e);
        } catch (JopilException e) {
            if (e.code().equals(BAD_FILTER) || e.code().equals(NEVER_MATCHES)) {
                unfit.put(report, e);
            }
            missing.add(report + ": "
                    + (e.code().equals(NOT_HERE) ? "not measured here" : e.title() + ". " + e.detail())
                            .replaceFirst("\\.?$", "."));
            return Rows.none();
        }
    }
}
