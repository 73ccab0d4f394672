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
                + " be 0, else the exit status is 1",
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
            for (String book : List.of("counts", "gaps")) {
                document.remove(book);
            }
            Answers.write(document, format, style, out());
            out().println();
            Answers.write(SourceReports.ledgerCounts(Query.first(Integer.MAX_VALUE), ledger), format, style, out());
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
        return StatsDocument.difference(ledger) == 0 ? 0 : FAILED;
    }
}
