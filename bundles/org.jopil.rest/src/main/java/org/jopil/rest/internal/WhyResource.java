// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jopil.api.report.Query;
import org.jopil.api.source.Why;
import org.jopil.stats.WhyDocument;
import org.jopil.web.Route;
import org.jopil.web.Shape;

/** One verdict about anything, and what stands out without a question. */
final class WhyResource {
    private static final int ALL = 100;

    private final Services services;

    WhyResource(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        Map<String, Object> level = Shape.choice(
                Arrays.stream(Why.Level.values()).map(Why.Level::text).toList());
        return List.of(
                Route.get(
                                "/api/why",
                                "One verdict about a port, address, process, interface or filter, for the last minute, with its"
                                        + " evidence and the next command; missing says what could not be looked at")
                        .parameter(
                                "q", Shape.text(), "8080, 10.0.0.9, 10.0.0.9:80, nginx, nginx[812], eth0, or a filter")
                        .answers(Shape.object(
                                "question", Shape.text(),
                                "verdict", Shape.text(),
                                "sentence", Shape.text(),
                                "level", level,
                                "evidence",
                                        Shape.array(Shape.object(
                                                "text", Shape.text(), "report", Shape.text(), "filter", Shape.text())),
                                "next", Shape.nullable(Shape.object("text", Shape.text(), "command", Shape.text())),
                                "missing", Shape.array(Shape.text())))
                        .to(exchange -> {
                            exchange.parameters().allow(List.of("q"));
                            String question = exchange.parameters().text("q").orElse("");
                            exchange.send(WhyDocument.of(services.why().ask(question)));
                        }),
                Route.get(
                                "/api/stands-out",
                                "At most five sentences about the last seconds, the worst first; question is what why can"
                                        + " be asked")
                        .answers(Shape.object(
                                "as_of",
                                Shape.time(),
                                "items",
                                Shape.array(Shape.object(
                                        "sentence", Shape.text(),
                                        "level", level,
                                        "kind", Shape.text(),
                                        "question", Shape.nullable(Shape.text()),
                                        "link", Shape.text())),
                                "text",
                                Shape.text()))
                        .to(exchange -> {
                            exchange.parameters().allow(List.of());
                            exchange.send(WhyDocument.standsOut(
                                    services.reports().ask(WhyDocument.STANDS_OUT, Query.first(ALL))));
                        }));
    }
}
