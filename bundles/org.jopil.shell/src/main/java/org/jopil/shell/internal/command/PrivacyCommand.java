// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.stats.SourceReports;
import org.jopil.web.render.Listing;

/** What is recorded. */
@Command(
        scope = "jopil",
        name = "privacy",
        description = "What is recorded, where, for how long, and what the levels of privacy leave of it",
        detailedDescription =
                """
                The level is set in etc/org.jopil.privacy.cfg.
                Examples:
                  jopil:privacy
                  jopil:privacy --json
                """)
@Service
@Parsing(FilterParser.class)
public final class PrivacyCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN;
    }

    @Override
    String noun() {
        return "kind of record";
    }

    @Override
    void preface(Listing listing) {
        out().println("Level in force: " + services.privacy().level().text());
    }

    @Override
    Report report(Query query) throws Exception {
        return SourceReports.privacy(query, services.privacy().recorded());
    }
}
