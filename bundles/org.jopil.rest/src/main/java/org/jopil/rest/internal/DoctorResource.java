// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import org.jopil.stats.SourceReports;
import org.jopil.web.Route;
import org.jopil.web.render.Listing;

/** What this kernel gives us with these rights. */
final class DoctorResource {
    private final Services services;
    private final Lists lists;

    DoctorResource(Services services, Lists lists) {
        this.services = services;
        this.lists = lists;
    }

    List<Route> routes() {
        return List.of(lists.list(
                "/api/doctor",
                "Per capability: the hook it gets here, the fallback, what is missing and the command that mends it",
                Listing.Rules.PLAIN,
                "capability",
                () -> SourceReports.DOCTOR,
                query -> SourceReports.doctor(query, services.findings())));
    }
}
