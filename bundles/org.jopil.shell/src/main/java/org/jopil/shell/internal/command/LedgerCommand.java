// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.source.Ledger;
import org.jopil.stats.SourceReports;
import org.jopil.stats.StatsDocument;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Style;

/** What became of everything. */
@Command(
        scope = "jopil",
        name = "ledger",
        description = "Two books: what became of every observation, and of every counted packet; each difference must"
                + " be 0: the exit status is 1 if one is not, or something is found wrong",
        detailedDescription =
                """
                Examples:
                  jopil:ledger
                  jopil:ledger --json
                """)
@Service
public final class LedgerCommand extends WordlessCommand {
    @Override
    int run() throws Exception {
        Ledger.Snapshot ledger = services.ledger().read();
        Map<String, Object> document = StatsDocument.ledger(ledger);
        Format format = format();
        Style style = style("count", List.of());
        if (format == Format.TEXT) {
            for (String book : List.of("findings", "hand_offs", "counts", "gaps", "seconds")) {
                document.remove(book);
            }
            ((Map<?, ?>) document.get("events")).remove("subscribers");
            for (Ledger.Finding finding : ledger.findings()) {
                out().println(finding.text() + ". " + finding.advice());
            }
            Answers.write(document, format, style, out());
            out().println();
            Query all = Query.first(Integer.MAX_VALUE);
            Answers.write(SourceReports.ledgerHandOffs(all, ledger), format, style("place", List.of()), out());
            out().println();
            Answers.write(SourceReports.ledgerCounts(all, ledger), format, style, out());
            for (Ledger.Gap gap : ledger.gaps()) {
                out().println("Nothing was recorded: " + gap.reason() + ", " + (gap.endNs() - gap.startNs()) / 1_000_000
                        + " ms");
            }
        } else {
            Answers.write(document, format, style, out());
            if (format == Format.JSON) {
                out().println();
            }
        }
        return ledger.difference() == 0 && ledger.findings().isEmpty() ? 0 : FAILED;
    }
}
