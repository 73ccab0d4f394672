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
        description =
                "Wire packets and bytes by CPU, exact, how unevenly they are spread, and which CPU cannot keep up",
        detailedDescription =
                """
                Examples:
                  jopil:cpus
                  jopil:cpus --json
                  jopil:cpus 'squeezed > 0' --fields cpu,squeezed,backlog_dropped
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
