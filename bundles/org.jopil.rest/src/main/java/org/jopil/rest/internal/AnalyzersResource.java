// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import org.jopil.stats.SourceReports;
import org.jopil.web.Route;
import org.jopil.web.render.Listing;

/** The analyzers that run, and what they cost. */
final class AnalyzersResource {
    private final Services services;
    private final Lists lists;

    AnalyzersResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        return List.of(lists.list(
                "/api/analyzers",
                "The analyzers: state, events seen and lost, errors, processor time, allocation",
                Listing.Rules.PLAIN,
                "analyzer",
                () -> SourceReports.ANALYZERS,
                query -> SourceReports.analyzers(query, services.analyzers().list())));
    }
}
