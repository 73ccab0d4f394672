// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.audit.Audit;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;

/** Who did what. */
@Command(
        scope = "jopil",
        name = "audit",
        description = "Who did what to this instance, the newest first: sign-ins, requests and commands that change"
                + " something, what was refused, bundles, settings; --verify says whether the log is whole",
        detailedDescription =
                """
                Examples:
                  jopil:audit
                  jopil:audit 'result == refused' --limit 5
                  jopil:audit 'action == start' --json
                  jopil:audit --verify
                """)
@Service
@Parsing(FilterParser.class)
public final class AuditCommand extends FilteredListCommand {
    @Option(
            name = "--verify",
            description = "Follows the chain of hashes through the whole log; the exit status is 1 if it breaks")
    boolean verify;

    @Override
    int run() throws Exception {
        if (!verify) {
            return super.run();
        }
        Audit.Verdict verdict = services.audit().verify();
        Format format = format();
        Answers.write(
                Shape.ordered("lines", verdict.lines(), "whole", verdict.whole(), "text", verdict.text()),
                format,
                style("value", List.of()),
                out());
        if (format == Format.JSON) {
            out().println();
        }
        return verdict.whole() ? 0 : FAILED;
    }

    @Override
    Listing.Rules rules() {
        return new Listing.Rules("", TABLE_ROWS, Optional.empty(), false, false);
    }

    @Override
    String noun() {
        return "entry";
    }

    @Override
    Report report(Query query) throws Exception {
        return services.audit().read(query);
    }
}
