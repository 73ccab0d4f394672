// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Style;
import org.jopil.web.render.Units;

/** Single packets on their way through the kernel. */
final class JourneysResource {
    private static final Listing.Rules JOURNEYS =
            new Listing.Rules("-timestamp", Query.DEFAULT_LIMIT, Optional.of("-timestamp"), false, false);

    private final Services services;
    private final Lists lists;

    JourneysResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        return List.of(
                lists.report(
                        "/api/journeys",
                        "Packets that were followed through the kernel, newest first: the newest 2,000 each of those"
                                + " that were followed by chance, were slow, were dropped, or were asked for; and the"
                                + " newest drops of others (followed is false)",
                        "journeys",
                        JOURNEYS,
                        "journey"),
                Route.get("/api/journeys/{id}", "One of these")
                        .parameter("id", Shape.text(), "as in /api/journeys")
                        .answers(() -> Shape.row(lists.columns("journeys")))
                        .to(this::one));
    }

    private void one(Exchange exchange) throws Exception {
        exchange.parameters().allow(List.of());
        String id = exchange.path("id");
        Report found = lists.ask("journeys", query(id));
        if (found.rows().isEmpty()) {
            throw gone(id);
        }
        if (exchange.format() == Format.JSON) {
            exchange.send(Answers.objects(found, List.of()).get(0));
        } else {
            exchange.send(found, Style.of("journey"));
        }
    }

    private Query query(String id) {
        if (!id.matches("[0-9a-f]{1,16}")) {
            throw gone(id);
        }
        return Query.first(1)
                .withFilter(Listing.filter("id == \"" + id + "\"", services.filters())
                        .orElseThrow());
    }

    private static JopilException gone(String id) {
        return new JopilException(
                "JOPIL-404",
                404,
                "There is no journey " + Units.safe(id),
                "It may have made room for newer ones: 2,000 of each kind are kept. GET /api/journeys lists them.");
    }
}
