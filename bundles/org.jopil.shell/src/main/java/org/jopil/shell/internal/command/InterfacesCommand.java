// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.stats.Snapshot;
import org.jopil.stats.SourceReports;
import org.jopil.web.render.Listing;

/** Interfaces. */
@Command(
        scope = "jopil",
        name = "interfaces",
        description = "Interfaces, watched or not, by which hook, and why",
        detailedDescription =
                """
                Examples:
                  jopil:interfaces
                  jopil:interfaces attached
                  jopil:interfaces 'state == up' --fields name,watch,why
                  jopil:interfaces --json
                """)
@Service
@Parsing(FilterParser.class)
public final class InterfacesCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN;
    }

    @Override
    String noun() {
        return "interface";
    }

    @Override
    Report report(Query query) throws Exception {
        return SourceReports.interfaces(
                query,
                services.interfaces().list(),
                services.interfaces().facts(),
                services.latest().flatMap(Snapshot::traffic));
    }
}
