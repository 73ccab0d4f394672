// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.Cost;
import org.jopil.stats.CostReports;
import org.jopil.web.Exchange;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Listing;

/** Memory shares, and run times of our programs, measured when somebody asks for it. */
final class CostResource {
    private static final long SECONDS = 10;

    private final Services services;
    private final Lists lists;

    CostResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        return List.of(
                lists.list(
                        "/api/cost",
                        "Run times of our programs, as they were measured last; null if that was never asked for",
                        Listing.Rules.PLAIN,
                        "program",
                        () -> CostReports.PROGRAMS,
                        this::programs),
                Route.post(
                                "/api/cost/measure",
                                "Has the kernel measure run times for a while. That costs every run of every BPF program of"
                                        + " the machine two readings of the clock; it ends by itself")
                        .by(Role.OPERATOR)
                        .body("seconds", Shape.integer())
                        .answers(Shape.object("begin", Shape.time(), "end", Shape.time(), "running", Shape.bool()))
                        .to(this::measure),
                lists.list(
                        "/api/memory",
                        "What the memory budget gives a CPU, here and on machines with other numbers of CPUs",
                        Listing.Rules.PLAIN,
                        "machine",
                        () -> CostReports.MEMORY,
                        this::memory));
    }

    private Report programs(Query query) throws Exception {
        return CostReports.programs(query, services.cost());
    }

    private Report memory(Query query) throws Exception {
        Cost cost = services.cost();
        return CostReports.memory(
                query,
                cost.memory().orElseThrow(() -> Services.away("sensor")),
                cost.kernelBytes(),
                Runtime.getRuntime().maxMemory());
    }

    private void measure(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        Map<String, Object> body = exchange.body("seconds");
        Cost.Measurement measurement =
                services.cost().measure(Lists.seconds(body.getOrDefault("seconds", SECONDS), Cost.LONGEST));
        exchange.send(Shape.ordered(
                "begin",
                measurement.begin().toString(),
                "end",
                measurement.end().toString(),
                "running",
                measurement.running()));
    }
}
