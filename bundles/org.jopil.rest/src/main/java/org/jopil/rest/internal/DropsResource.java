// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.DropStacks;
import org.jopil.stats.DropStackReports;
import org.jopil.web.Exchange;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;

/** What the kernel dropped. */
final class DropsResource {
    private static final Listing.Rules DROPS = Listing.Rules.PLAIN.withSort("-packets");
    private static final Listing.Rules EVENTS = new Listing.Rules("-id", 1000, Optional.of("-id"), true, false);

    private static final long STACK_SECONDS = 10;

    private final Services services;
    private final Lists lists;

    DropsResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        return List.of(
                lists.report(
                        "/api/drops/events",
                        "Single drops, newest first: whose packet it was. weight says for how many one stands",
                        "drop-events",
                        EVENTS,
                        "drop"),
                lists.list(
                        "/api/drops/stacks",
                        "Kernel stacks of drops, as they were taken last, or so far; none if that was never asked for",
                        DROPS,
                        "stack",
                        () -> DropStackReports.STACKS,
                        this::stacks),
                Route.post(
                                "/api/drops/stacks",
                                "Takes kernel stacks of drops for a while, a bounded number a second. It ends by itself; a"
                                        + " period that goes on already is the answer")
                        .by(Role.OPERATOR)
                        .body("seconds", Shape.integer())
                        .answers(Shape.object("begin", Shape.time(), "end", Shape.time(), "running", Shape.bool()))
                        .to(this::take),
                Lists.document(
                                Route.get(
                                        "/api/drops",
                                        "Packets that the kernel dropped since JOPIL started, all network namespaces, by reason and"
                                                + " place; exact. total is of all, whatever the filter; not_lost were freed with the word for drops though nothing was"
                                                + " lost; missed are in no count. devices are what the watched interfaces lost by their own counters; many of those"
                                                + " packets are the kernel's drops too, so they are in no sum"),
                                DROPS)
                        .answers(() -> Shape.object(
                                "total",
                                Shape.integer(),
                                "not_lost",
                                Shape.integer(),
                                "missed",
                                Shape.integer(),
                                "drops",
                                Shape.array(Shape.row(lists.columns("drops"))),
                                "devices",
                                Shape.array(Shape.row(lists.columns("device-drops")))))
                        .to(exchange -> {
                            Listing listing = lists.listing(exchange, DROPS);
                            if (exchange.format() != Format.JSON) {
                                lists.send(exchange, listing, "place", query -> lists.ask("drops", query));
                                return;
                            }
                            lists.sequence(exchange);
                            Report report = lists.ask("drops", listing.query());
                            exchange.header("X-Total-Count", report.total())
                                    .header("X-Unfiltered-Count", report.unfiltered());
                            exchange.send(Shape.ordered(
                                    "total", total("drops"),
                                    "not_lost", total("drops-normal"),
                                    "missed", report.lost(),
                                    "drops", Answers.objects(report, listing.fields()),
                                    "devices",
                                            Answers.objects(
                                                    lists.ask("device-drops", Query.first(Listing.MAX_LIMIT)),
                                                    List.of())));
                        }));
    }

    private Report stacks(Query query) throws Exception {
        Optional<DropStacks.Period> latest = services.dropStacks().latest();
        return latest.isPresent()
                ? DropStackReports.stacks(query, latest.get())
                : Report.of(query, DropStackReports.STACKS.toArray(Column[]::new))
                        .build();
    }

    private void take(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        Duration length =
                Lists.seconds(exchange.body("seconds").getOrDefault("seconds", STACK_SECONDS), DropStacks.LONGEST);
        DropStacks.Period period = services.dropStacks().take(length);
        exchange.send(Shape.ordered(
                "begin", period.begin().toString(), "end", period.end().toString(), "running", period.running()));
    }

    /** Of all places, whatever was asked for. */
    private long total(String name) {
        Report report = lists.ask(name, Query.first(Listing.MAX_LIMIT));
        int packets = report.indexOf("packets");
        return report.rows().stream().mapToLong(row -> (Long) row[packets]).sum();
    }
}
