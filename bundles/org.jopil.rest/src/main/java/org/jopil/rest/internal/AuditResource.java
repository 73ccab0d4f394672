// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import java.util.Optional;
import org.jopil.audit.Audit;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Listing;

/** Who did what. */
final class AuditResource {
    private static final Listing.Rules RULES = new Listing.Rules("", 1000, Optional.of("-sequence"), false, false);

    private final Services services;
    private final Lists lists;

    AuditResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        return List.of(
                Lists.document(Route.get("/api/audit", "Who did what to this instance, the newest first"), RULES)
                        .by(Role.ADMIN)
                        .answers(() -> Shape.array(Shape.row(Audit.COLUMNS)))
                        .to(exchange ->
                                lists.send(exchange, lists.listing(exchange, RULES), "entry", query -> services.audit()
                                        .read(query))),
                Route.get("/api/audit/verification", "Whether the audit log is whole: reads all of it")
                        .by(Role.ADMIN)
                        .answers(Shape.object("lines", Shape.integer(), "whole", Shape.bool(), "text", Shape.text()))
                        .to(exchange -> {
                            exchange.parameters().allow(List.of());
                            Audit.Verdict verdict = services.audit().verify();
                            exchange.send(Shape.ordered(
                                    "lines", verdict.lines(), "whole", verdict.whole(), "text", verdict.text()));
                        }));
    }
}
