// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.stats.SourceReports;
import org.jopil.web.render.Listing;

/** The analyzers that run. */
@Command(
        scope = "jopil",
        name = "analyzers",
        description = "Analyzers: state, events seen and lost, errors, what they cost",
        detailedDescription =
                """
                Examples:
                  jopil:analyzers
                  jopil:analyzers 'lost > 0 or errors > 0'
                  jopil:analyzers --json
                """)
@Service
@Parsing(FilterParser.class)
public final class AnalyzersCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN;
    }

    @Override
    String noun() {
        return "analyzer";
    }

    @Override
    Report report(Query query) throws Exception {
        return SourceReports.analyzers(query, services.analyzers().list());
    }
}
