// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.report.Query;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Listing;

/** Flows, and the largest groups of them. */
final class FlowsResource {
    static final Listing.Rules FLOWS = new Listing.Rules("-bytes", 1000, Optional.of("-last_seen"), true, false);
    static final Listing.Rules TOP = Listing.Rules.PLAIN.withSort("-bytes").withLimit(10);

    private final Lists lists;

    FlowsResource(Lists lists) {
        this.lists = lists;
    }

    List<Route> routes() {
        Lists.Source ask = query -> lists.ask("flows", query);
        Map<String, Object> groups = Shape.array(Shape.object(
                "key", Map.of(), "flows", Shape.integer(), "packets", Shape.integer(), "bytes", Shape.integer()));
        return List.of(
                Lists.document(
                                Route.get(
                                        "/api/flows",
                                        "Flows, both directions joined: live ones, and ended ones for 15 minutes or"
                                                + " 20,000; exact. With by they are grouped, as /api/top"),
                                FLOWS)
                        .answers(() -> Map.of("anyOf", List.of(Shape.array(Shape.row(lists.columns("flows"))), groups)))
                        .to(exchange -> lists.send(exchange, lists.listing(exchange, FLOWS), "flow", ask)),
                Lists.document(Route.get("/api/top", "The largest groups of flows; by is src_ip if not given"), TOP)
                        .answers(groups)
                        .to(exchange -> {
                            Listing listing = lists.listing(exchange, TOP);
                            Query query = listing.query();
                            Query grouped = query.by().isPresent() ? query : query.withBy("src_ip");
                            lists.send(exchange, listing.withQuery(grouped), "group", ask);
                        }));
    }
}
