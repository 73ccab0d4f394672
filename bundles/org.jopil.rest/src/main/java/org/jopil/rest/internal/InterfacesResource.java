// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.stats.Snapshot;
import org.jopil.stats.SourceReports;
import org.jopil.web.Exchange;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;

/** Interfaces, watched or not; attach and detach. */
final class InterfacesResource {
    private final Services services;
    private final Lists lists;

    InterfacesResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        Map<String, Object> row = Shape.row(SourceReports.INTERFACES);
        return List.of(
                lists.list(
                        "/api/interfaces",
                        "Interfaces of this network namespace and the watched ones of others; why says why not",
                        Listing.Rules.PLAIN,
                        "interface",
                        () -> SourceReports.INTERFACES,
                        this::report),
                Route.post(
                                "/api/interfaces/{name+}/attach",
                                "Watches an interface (IF or NS/IF). 409 if another program holds the hook: nothing is"
                                        + " displaced")
                        .by(Role.OPERATOR)
                        .parameter("name", Shape.text(), "IF, or NS/IF in a named network namespace")
                        .body(
                                "mode",
                                Shape.choice(Arrays.stream(AttachMode.values())
                                        .map(AttachMode::text)
                                        .toList()))
                        .answers(row)
                        .to(this::attach),
                Route.post("/api/interfaces/{name+}/detach", "Stops watching; what was counted stays in the totals")
                        .by(Role.OPERATOR)
                        .parameter("name", Shape.text(), "as for attach")
                        .answers(row)
                        .to(this::detach));
    }

    private Report report(Query query) throws Exception {
        return SourceReports.interfaces(
                query,
                services.interfaces().list(),
                services.interfaces().facts(),
                services.latest().flatMap(Snapshot::traffic));
    }

    private void attach(Exchange exchange) throws Exception {
        exchange.parameters().allow(List.of());
        Object mode = exchange.body("mode").getOrDefault("mode", AttachMode.AUTO.text());
        AttachMode wanted = AttachMode.of(String.valueOf(mode))
                .orElseThrow(() -> Parameters.bad(
                        "mode",
                        String.valueOf(mode),
                        "one of "
                                + String.join(
                                        ", ",
                                        Arrays.stream(AttachMode.values())
                                                .map(AttachMode::text)
                                                .toList())));
        send(exchange, services.interfaces().attach(exchange.path("name"), wanted));
    }

    private void detach(Exchange exchange) throws Exception {
        exchange.parameters().allow(List.of());
        exchange.body();
        send(exchange, services.interfaces().detach(exchange.path("name")));
    }

    private void send(Exchange exchange, InterfaceStatus status) throws Exception {
        Report one = SourceReports.interfaces(
                Query.first(1),
                List.of(status),
                services.interfaces().facts(),
                services.latest().flatMap(Snapshot::traffic));
        Map<String, Object> row = Answers.object(one, one.rows().get(0));
        exchange.send(row);
    }
}
