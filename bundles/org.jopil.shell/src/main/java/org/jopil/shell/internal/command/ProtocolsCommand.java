// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Listing;

/** Traffic by protocol. */
@Command(
        scope = "jopil",
        name = "protocols",
        description = "Wire packets and bytes by protocol, exact, since start",
        detailedDescription =
                """
                Examples:
                  jopil:protocols
                  jopil:protocols --sort -bytes --limit 3
                  jopil:protocols 'packets > 10' --json
                """)
@Service
@Parsing(FilterParser.class)
public final class ProtocolsCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN.withSort("-packets");
    }

    @Override
    String noun() {
        return "protocol";
    }

    @Override
    Report report(Query query) {
        return services.reports().ask("protocols", query);
    }
}
