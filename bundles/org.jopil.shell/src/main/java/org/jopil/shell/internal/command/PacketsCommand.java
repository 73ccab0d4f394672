// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.stats.Snapshot;
import org.jopil.web.render.Listing;
import org.jopil.web.render.NotOwn;

/** Samples of packets. */
@Command(
        scope = "jopil",
        name = "packets",
        description = "Packet samples, newest first, as tcpdump shows them; one's own sessions with JOPIL are hidden",
        detailedDescription =
                """
                Examples:
                  jopil:packets --limit 5
                  jopil:packets 'tcp port 443 and not host 10.0.0.1'
                  jopil:packets 'tcp[tcpflags] & tcp-syn != 0'
                  jopil:packets --follow --limit 3 --own
                  jopil:packets arp --json --last 2
                  jopil:packets -o jsonl --fields timestamp,ip,tcp --limit 1
                """)
@Service
@Parsing(FilterParser.class)
public final class PacketsCommand extends EventListCommand {
    @Option(name = "--own", description = "Also packets of one's own sessions with JOPIL")
    boolean own;

    @Override
    Listing.Rules rules() {
        return new Listing.Rules("", TABLE_ROWS, Optional.of(""), false, true);
    }

    @Override
    String noun() {
        return "packet";
    }

    @Override
    void options(Map<String, String[]> given) {
        super.options(given);
        put(given, "own", own ? "1" : "0");
    }

    @Override
    Report report(Query query) {
        return services.reports().ask("packets", query);
    }

    @Override
    void remark(Listing listing) {
        services.latest()
                .flatMap(Snapshot::sampling)
                .filter(state -> state.step() != 1)
                .ifPresent(state -> out().println(Sampled.text(state)));
        if (listing.query().filter().orElse(null) instanceof NotOwn shown) {
            Query query = listing.query();
            long all = report(new Query(
                            shown.filter(),
                            Optional.empty(),
                            false,
                            0,
                            0,
                            query.sinceNs(),
                            query.untilNs(),
                            query.by()))
                    .total();
            long hidden = all
                    - report(Query.first(0)
                                    .withWindow(query.sinceNs(), query.untilNs())
                                    .withFilter(shown))
                            .total();
            if (hidden > 0) {
                out().println(hidden + " packets of your own sessions with JOPIL are hidden; --own shows them.");
            }
        }
    }
}
