// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Listing;

/** Any analyzer's report. */
@Command(
        scope = "jopil",
        name = "report",
        description = "Any analyzer's report by its name, your own analyzers' among them",
        detailedDescription =
                """
                Examples:
                  jopil:report protocols
                  jopil:report flows tcp --sort -packets --limit 3
                  jopil:report cpus --json
                """)
@Service
@Parsing(FilterParser.class)
public final class ReportCommand extends ListCommand {
    @Argument(name = "report", description = "Name of the report", required = true)
    @Completion(ReportCompleter.class)
    String name;

    @Argument(index = 1, name = "filter", description = "Only rows that match, quoted", multiValued = true)
    @Completion(FilterCompleter.class)
    List<String> filter;

    @Override
    List<String> words() {
        return filter;
    }

    @Override
    void setWords(List<String> words) {
        filter = words;
    }

    @Override
    Listing.Rules rules() {
        return new Listing.Rules("", TABLE_ROWS, Optional.empty(), false, false);
    }

    @Override
    String noun() {
        return "row";
    }

    @Override
    Report report(Query query) {
        return services.reports().ask(name, query);
    }
}
