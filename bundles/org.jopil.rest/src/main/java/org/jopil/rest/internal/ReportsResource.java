// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.report.Column;
import org.jopil.api.report.Report;
import org.jopil.stats.SourceReports;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Style;
import org.jopil.web.render.Units;

/** Any analyzer's report, the ones with a path of their own, and the reference of all fields. */
final class ReportsResource {
    private static final Listing.Rules ANY = new Listing.Rules("", 1000, Optional.empty(), false, false);

    private final Services services;
    private final Lists lists;

    ReportsResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        Map<String, Object> column = Shape.object(
                "name", Shape.text(),
                "type", Shape.text(),
                "unit", Shape.nullable(Shape.text()),
                "description", Shape.text(),
                "detail", Shape.bool());
        return List.of(
                lists.report(
                        "/api/protocols",
                        "Wire packets and bytes by protocol, since start; exact",
                        "protocols",
                        Listing.Rules.PLAIN,
                        "protocol"),
                lists.report(
                        "/api/cpus",
                        "Wire packets and bytes by CPU, since start; exact",
                        "cpus",
                        Listing.Rules.PLAIN,
                        "CPU"),
                lists.report(
                        "/api/tcp",
                        "TCP connections and listeners of all network namespaces, and the newest that were closed",
                        "tcp",
                        Listing.Rules.PLAIN.withSort("-retransmits"),
                        "connection"),
                Route.get("/api/reports", "Names of the reports that can be asked now")
                        .answers(Shape.object("reports", Shape.array(Shape.text())))
                        .to(exchange -> {
                            exchange.parameters().allow(List.of());
                            exchange.send(Map.of("reports", services.reports().names()));
                        }),
                Lists.document(Route.get("/api/reports/{name}", "Any analyzer's report with its columns"), ANY)
                        .parameter("name", Shape.text(), "as in /api/reports")
                        .answers(Shape.object(
                                "name",
                                Shape.text(),
                                "exact",
                                Shape.bool(),
                                "sampled",
                                Shape.bool(),
                                "as_of",
                                Shape.time(),
                                "lost",
                                Shape.integer(),
                                "total",
                                Shape.integer(),
                                "unfiltered",
                                Shape.integer(),
                                "columns",
                                Shape.array(column),
                                "rows",
                                Shape.array(Shape.map(Map.of()))))
                        .to(this::report),
                lists.list(
                        "/api/fields",
                        "Every field of every list: type, unit, source",
                        Listing.Rules.PLAIN,
                        "field",
                        () -> SourceReports.FIELDS,
                        query -> SourceReports.fields(query, services.reports(), Units::unit)));
    }

    private void report(Exchange exchange) throws Exception {
        Listing listing = lists.listing(exchange, ANY);
        String name = exchange.path("name");
        lists.sequence(exchange);
        Report report = services.reports().ask(name, listing.query());
        if (exchange.format() != Format.JSON) {
            exchange.send(report, Style.of("row").withFields(listing.fields()));
            return;
        }
        exchange.header("X-Total-Count", report.total()).header("X-Unfiltered-Count", report.unfiltered());
        exchange.send(Shape.ordered(
                "name", name,
                "exact", !report.isSampled() && report.lost() == 0,
                "sampled", report.isSampled(),
                "as_of", report.asOf().toString(),
                "lost", report.lost(),
                "total", report.total(),
                "unfiltered", report.unfiltered(),
                "columns",
                        report.columns().stream().map(ReportsResource::column).toList(),
                "rows", Answers.objects(report, listing.fields())));
    }

    private static Map<String, Object> column(Column column) {
        String unit = Units.unit(column.type());
        return Shape.ordered(
                "name", column.name(),
                "type", column.type().name().toLowerCase(Locale.ROOT),
                "unit", unit.isEmpty() ? null : unit,
                "description", column.description(),
                "detail", column.detail());
    }
}
