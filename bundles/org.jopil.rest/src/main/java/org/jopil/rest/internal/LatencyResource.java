// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.Stage;
import org.jopil.api.report.Report;
import org.jopil.api.source.LatencySource;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;

/** How long each stage of the way through the kernel takes. */
final class LatencyResource {
    private static final String REPORT = "latency";
    private static final Listing.Rules STAGES = Listing.Rules.PLAIN;

    private final Services services;
    private final Lists lists;

    LatencyResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        return List.of(
                Lists.document(
                                Route.get(
                                        "/api/latency",
                                        "How long followed packets took for each stage of their way: the last minute, or the"
                                                + " window that is asked for; by a field, or by time. missing are stages that"
                                                + " are not measured here, all or in part"),
                                STAGES)
                        .answers(() -> Shape.object(
                                "follow_one_in",
                                Shape.integer(),
                                "as_of",
                                Shape.time(),
                                "stages",
                                Shape.array(Shape.row(lists.columns(REPORT))),
                                "missing",
                                Shape.array(Shape.object(
                                        "stage", Shape.text(), "direction", Shape.text(), "reason", Shape.text())),
                                "book",
                                Shape.object(
                                        "begun_receive", Shape.integer(),
                                        "begun_send", Shape.integer(),
                                        "ended", Shape.map(Shape.integer()),
                                        "events_lost", Shape.integer(),
                                        "overflow", Shape.integer())))
                        .to(this::stages),
                new LatencyHeatmap(lists).route());
    }

    private void stages(Exchange exchange) throws Exception {
        Listing listing = lists.listing(exchange, STAGES);
        if (exchange.format() != Format.JSON) {
            lists.send(exchange, listing, "stage", query -> lists.ask(REPORT, query));
            return;
        }
        LatencySource source = services.latency();
        lists.sequence(exchange);
        Report report = lists.ask(REPORT, listing.query());
        exchange.header("X-Total-Count", report.total()).header("X-Unfiltered-Count", report.unfiltered());
        exchange.send(Shape.ordered(
                "follow_one_in", source.followOneIn(),
                "as_of", report.asOf().toString(),
                "stages", Answers.objects(report, listing.fields()),
                "missing", missing(source),
                "book", book(source.book())));
    }

    private static List<Map<String, Object>> missing(LatencySource source) {
        return new TreeMap<>(source.missing())
                .entrySet().stream()
                        .map(entry -> entry(entry.getKey(), entry.getValue()))
                        .toList();
    }

    private static Map<String, Object> entry(Stage stage, String reason) {
        return Shape.ordered("stage", stage.text(), "direction", stage.direction(), "reason", reason);
    }

    private static Map<String, Object> book(LatencySource.Book book) {
        Map<String, Object> ended = Shape.ordered();
        for (JourneyEnd end : JourneyEnd.values()) {
            ended.put(end.text(), book.ended().getOrDefault(end, 0L));
        }
        return Shape.ordered(
                "begun_receive", book.begunReceive(),
                "begun_send", book.begunSend(),
                "ended", ended,
                "events_lost", book.eventsLost(),
                "overflow", book.overflow());
    }
}
