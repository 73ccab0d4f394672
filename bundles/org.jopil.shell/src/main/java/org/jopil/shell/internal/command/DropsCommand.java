// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Listing;

/** What the kernel dropped. */
@Command(
        scope = "jopil",
        name = "drops",
        description = "Packets that the kernel dropped, by reason and place, and what to do about it; exact",
        detailedDescription =
                """
                Examples:
                  jopil:drops
                  jopil:drops 'reason == NO_SOCKET'
                  jopil:drops 'packets_per_second > 0' --sort -packets_per_second
                  jopil:drops 'interface == lo' --fields reason,packets,command
                """)
@Service
@Parsing(FilterParser.class)
public final class DropsCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN.withSort("-packets");
    }

    @Override
    String noun() {
        return "place";
    }

    @Override
    Report report(Query query) {
        return services.reports().ask("drops", query);
    }
}
