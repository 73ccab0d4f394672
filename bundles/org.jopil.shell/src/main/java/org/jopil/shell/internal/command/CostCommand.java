// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.stats.CostReports;
import org.jopil.web.render.Listing;

/** Run times. */
@Command(
        scope = "jopil",
        name = "cost",
        description = "Run times of the programs, per run and packet, as they were measured last; see jopil:measure",
        detailedDescription =
                """
                Examples:
                  jopil:cost
                  jopil:cost 'direction == ingress'
                  jopil:cost --json
                """)
@Service
@Parsing(FilterParser.class)
public final class CostCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN;
    }

    @Override
    String noun() {
        return "program";
    }

    @Override
    Report report(Query query) throws Exception {
        return CostReports.programs(query, services.cost());
    }
}
