// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filter;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;

/** Where packets go: the picture's nodes and links, of the flows and of the drops. */
final class JourneyGraphResource {
    /** Flows that are drawn one by one; what is smaller is drawn as one for each interface. */
    private static final int FLOWS = 2_000;

    private static final int DROPS = 1_000;
    private static final int TRIES = 3;
    private static final long WINDOW_NS = 60_000_000_000L;

    private final Services services;
    private final Lists lists;

    JourneyGraphResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        List<String> metrics = Arrays.stream(JourneyGraph.Metric.values())
                .map(JourneyGraph.Metric::text)
                .toList();
        List<String> layers = Arrays.stream(JourneyGraph.Layer.values())
                .map(JourneyGraph.Layer::text)
                .toList();
        return List.of(Route.get(
                        "/api/journeys/graph",
                        "Where packets go: from interfaces by direction, network and transport to processes, and to"
                                + " drops. Sums of the flows and the places of drops that were seen in the window, each"
                                + " since it began; exact says whether nothing was missed")
                .parameter("metric", Shape.choice(metrics), "what the largest are weighed by; drops: the drops alone")
                .parameter("filter", Shape.text(), "only flows that match; drops too where they have such a field")
                .parameter("since", Shape.text(), "seen since this time, or this long ago; 60s if not given")
                .parameter("until", Shape.text(), "not begun after this time, as since")
                .answers(Shape.object(
                        "as_of",
                        Shape.time(),
                        "exact",
                        Shape.bool(),
                        "note",
                        Shape.text(),
                        "nodes",
                        Shape.array(Shape.object(
                                "id",
                                Shape.text(),
                                "layer",
                                Shape.choice(layers),
                                "label",
                                Shape.text(),
                                "stage",
                                Shape.nullable(Shape.text()))),
                        "links",
                        Shape.array(Shape.object(
                                "source",
                                Shape.text(),
                                "target",
                                Shape.text(),
                                "packets",
                                Shape.integer(),
                                "bytes",
                                Shape.integer(),
                                "filter",
                                Shape.text()))))
                .to(this::graph));
    }

    /** What was asked, and what came of it so far. */
    private static final class Answer {
        private final List<String> notes = new ArrayList<>();
        private boolean exact = true;
        private Instant asOf = Instant.MAX;

        void of(Report report) {
            exact &= !report.isSampled() && report.lost() == 0;
            asOf = report.asOf().isBefore(asOf) ? report.asOf() : asOf;
        }
    }

    private void graph(Exchange exchange) throws Exception {
        Parameters given = exchange.parameters().allow(List.of("metric", "filter", "since", "until"));
        Map<String, JourneyGraph.Metric> metrics = new LinkedHashMap<>();
        for (JourneyGraph.Metric metric : JourneyGraph.Metric.values()) {
            metrics.put(metric.text(), metric);
        }
        JourneyGraph.Metric metric = given.oneOf("metric", metrics).orElse(JourneyGraph.Metric.PACKETS);
        String text = given.text("filter").orElse("");
        Optional<Filter> filter = Listing.filter(text, services.filters());
        Instant now = Instant.now();
        long nowNs = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        long since = given.time("since", now).orElse(nowNs - WINDOW_NS);
        long until = given.time("until", now).orElse(Long.MAX_VALUE);
        lists.sequence(exchange);

        Answer answer = new Answer();
        List<JourneyGraph.Flow> flows = new ArrayList<>();
        List<JourneyGraph.Rest> rests = new ArrayList<>();
        if (metric != JourneyGraph.Metric.DROPS) {
            String sort = metric == JourneyGraph.Metric.BYTES ? "-bytes" : "-packets";
            Query query = question(FLOWS, filter).withSort(sort).withWindow(since, until);
            flows(answer, query, flows, rests);
        }
        List<JourneyGraph.Drop> drops = drops(answer, question(DROPS, filter), since, until, flows);
        JourneyGraph graph = JourneyGraph.of(metric, text, flows, rests, drops);
        note(answer, graph);
        exchange.send(Shape.ordered(
                "as_of", (answer.asOf.equals(Instant.MAX) ? now : answer.asOf).toString(),
                "exact", answer.exact,
                "note", String.join(" ", answer.notes),
                "nodes",
                        graph.nodes().stream()
                                .map(node -> Shape.ordered(
                                        "id", node.id(),
                                        "layer", node.layer().text(),
                                        "label", node.label(),
                                        "stage", node.stage()))
                                .toList(),
                "links",
                        graph.links().stream()
                                .map(link -> Shape.ordered(
                                        "source", link.source(),
                                        "target", link.target(),
                                        "packets", link.packets(),
                                        "bytes", link.bytes(),
                                        "filter", link.filter()))
                                .toList()));
    }

    private static Query question(int limit, Optional<Filter> filter) {
        Query query = Query.first(limit);
        return filter.isPresent() ? query.withFilter(filter.get()) : query;
    }

    /** The largest one by one; of more than that the sums of all too, of the same look at the kernel's table. */
    private void flows(Answer answer, Query query, List<JourneyGraph.Flow> flows, List<JourneyGraph.Rest> rests) {
        Report rows = lists.ask("flows", query);
        if (rows.total() > rows.rows().size()) {
            Report all = lists.ask("flows", query.withBy("interface"));
            for (int n = 1; n < TRIES && !all.asOf().equals(rows.asOf()); n++) {
                rows = lists.ask("flows", query);
                all = lists.ask("flows", query.withBy("interface"));
            }
            answer.exact &= all.asOf().equals(rows.asOf());
            read(rows, flows);
            subtract(all, flows, rests);
            answer.notes.add("The " + flows.size() + " largest of " + rows.total()
                    + " flows go all the way, the others are summed by interface.");
        } else {
            read(rows, flows);
        }
        answer.of(rows);
        if (rows.lost() > 0) {
            answer.notes.add(rows.lost() + " packets found no place in the table of flows.");
        }
        answer.notes.add(
                "Each flow counts since it began, not only in the window. Forward is from who opened it. Packets"
                        + " without IP, as ARP, are no flows.");
    }

    private static void read(Report report, List<JourneyGraph.Flow> flows) {
        int name = report.indexOf("interface");
        int version = report.indexOf("ip_version");
        int protocol = report.indexOf("protocol");
        int process = report.indexOf("process");
        int packets = report.indexOf("packets_fwd");
        int packetsBack = report.indexOf("packets_rev");
        int bytes = report.indexOf("bytes_fwd");
        int bytesBack = report.indexOf("bytes_rev");
        for (Object[] row : report.rows()) {
            flows.add(new JourneyGraph.Flow(
                    (String) row[name],
                    (Long) row[version] == 4,
                    (String) row[protocol],
                    process < 0 ? null : (String) row[process],
                    (Long) row[packets],
                    (Long) row[packetsBack],
                    (Long) row[bytes],
                    (Long) row[bytesBack]));
        }
    }

    private static void subtract(Report all, List<JourneyGraph.Flow> flows, List<JourneyGraph.Rest> rests) {
        Map<String, long[]> drawn = new HashMap<>();
        for (JourneyGraph.Flow flow : flows) {
            long[] sum = drawn.computeIfAbsent(flow.interfaceName(), name -> new long[2]);
            sum[0] += flow.packets();
            sum[1] += flow.bytes();
        }
        int key = all.indexOf("key");
        int packets = all.indexOf("packets");
        int bytes = all.indexOf("bytes");
        for (Object[] row : all.rows()) {
            long[] sum = drawn.getOrDefault((String) row[key], new long[2]);
            rests.add(new JourneyGraph.Rest(
                    (String) row[key],
                    Math.max(0, (Long) row[packets] - sum[0]),
                    Math.max(0, (Long) row[bytes] - sum[1])));
        }
    }

    /** None where this kernel does not tell, or where drops cannot be filtered like flows: the note says so. */
    private List<JourneyGraph.Drop> drops(
            Answer answer, Query query, long since, long until, List<JourneyGraph.Flow> flows) {
        List<JourneyGraph.Drop> drops = new ArrayList<>();
        Report report;
        try {
            report = lists.ask("drops", query);
        } catch (JopilException e) {
            answer.exact = false;
            answer.notes.add(
                    e.code().equals("JOPIL-131")
                            ? "Drops have no such field: they are left out."
                            : "Drops are not shown: " + e.title() + '.');
            return drops;
        }
        answer.of(report);
        int seen = report.indexOf("last_seen");
        int name = report.indexOf("interface");
        int stage = report.indexOf("stage");
        int reason = report.indexOf("reason");
        int packets = report.indexOf("packets");
        int bytes = report.indexOf("bytes");
        for (Object[] row : report.rows()) {
            if ((Long) row[seen] >= since && (Long) row[seen] <= until) {
                drops.add(new JourneyGraph.Drop(
                        (String) row[name], (String) row[stage], (String) row[reason], (Long) row[packets], (Long)
                                row[bytes]));
            }
        }
        if (report.lost() > 0) {
            answer.notes.add(report.lost() + " dropped packets are in no count.");
        }
        if (!drops.isEmpty()) {
            answer.notes.add("Drops count since JOPIL started"
                    + (flows.isEmpty() ? "." : "; a packet that was dropped after it came in is in its flow too."));
        }
        return drops;
    }

    private void note(Answer answer, JourneyGraph graph) {
        long drawn = graph.nodes().stream()
                .filter(node -> node.layer() == JourneyGraph.Layer.INTERFACE)
                .count();
        if (drawn < 2) {
            return;
        }
        Interfaces known = services.interfaces;
        List<String> bridges = known == null
                ? List.of()
                : known.list().stream()
                        .filter(one -> one.kind().equals("bridge") && one.state() == InterfaceStatus.State.ATTACHED)
                        .map(InterfaceStatus::name)
                        .toList();
        answer.notes.add("A packet that passes several interfaces is counted at each of them"
                + (bridges.isEmpty()
                        ? "."
                        : ", as at a bridge (" + String.join(", ", bridges) + ") and at its ports."));
    }
}
