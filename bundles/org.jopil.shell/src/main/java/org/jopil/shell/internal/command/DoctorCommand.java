// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.stats.SourceReports;
import org.jopil.web.render.Listing;

/** What works here. */
@Command(
        scope = "jopil",
        name = "doctor",
        description =
                "What this kernel gives with these rights, what is missing, and the command that mends it; exit status 0 all, 1 degraded, 2 the main job can't run",
        detailedDescription =
                """
                Examples:
                  jopil:doctor
                  jopil:doctor --json
                """)
@Service
@Parsing(FilterParser.class)
public final class DoctorCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN;
    }

    @Override
    String noun() {
        return "capability";
    }

    @Override
    Report report(Query query) throws Exception {
        return SourceReports.doctor(query, services.doctor().examine());
    }

    @Override
    int exitStatus(Report report) {
        int status = report.indexOf("status");
        int required = report.indexOf("required");
        int worst = 0;
        for (Object[] row : report.rows()) {
            boolean missing = row[status].equals("missing");
            worst = Math.max(
                    worst, missing && Boolean.TRUE.equals(row[required]) ? 2 : row[status].equals("ok") ? 0 : 1);
        }
        return worst;
    }
}
