// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;

/** What the kernel dropped. */
@Command(
        scope = "jopil",
        name = "drops",
        description = "Packets that the kernel dropped: by reason and place, exact; with --last or --follow one by one",
        detailedDescription =
                """
                Examples:
                  jopil:drops
                  jopil:drops 'reason == NO_SOCKET'
                  jopil:drops 'packets_per_second > 0' --sort -packets_per_second
                  jopil:drops 'interface == lo' --fields reason,packets,command
                  jopil:drops --last 5
                  jopil:drops 'udp and dst port 53' --follow --limit 3
                """)
@Service
@Parsing(FilterParser.class)
public final class DropsCommand extends EventListCommand {
    /** Whether the drops themselves are asked for, not their number. */
    private boolean oneByOne() {
        return follow || last != null || since != null || until != null;
    }

    @Override
    Listing.Rules rules() {
        return oneByOne()
                ? new Listing.Rules("-id", TABLE_ROWS, Optional.of("-id"), false, false)
                : Listing.Rules.PLAIN.withSort("-packets");
    }

    @Override
    String noun() {
        return oneByOne() ? "drop" : "place";
    }

    /** What the devices lost, where they lost any; many of those packets are in the table above, too. */
    @Override
    void remark(Listing listing) throws IOException {
        Report devices = oneByOne() ? null : services.reports().ask("device-drops", Query.first(TABLE_ROWS));
        if (devices != null && devices.total() > 0) {
            out().println();
            out().println("Lost by the interfaces' own counters (in part the same packets):");
            Answers.write(devices, Format.TEXT, style("counter", List.of()), out());
        }
    }

    @Override
    Report report(Query query) {
        return services.reports().ask(oneByOne() ? "drop-events" : "drops", query);
    }
}
