// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Listing;

/** Traffic by CPU. */
@Command(
        scope = "jopil",
        name = "cpus",
        description = "Wire packets and bytes by CPU, exact, and how unevenly they are spread",
        detailedDescription =
                """
                Examples:
                  jopil:cpus
                  jopil:cpus --json
                """)
@Service
@Parsing(FilterParser.class)
public final class CpusCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN;
    }

    @Override
    String noun() {
        return "CPU";
    }

    @Override
    Report report(Query query) {
        return services.reports().ask("cpus", query);
    }
}
