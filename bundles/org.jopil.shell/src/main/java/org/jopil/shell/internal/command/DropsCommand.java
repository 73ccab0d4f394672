// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.DropStacks;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;

/** What the kernel dropped. */
@Command(
        scope = "jopil",
        name = "drops",
        description = "Packets that the kernel dropped: by reason and place, exact; with --last or --follow one by one;"
                + " with --stack the way through the kernel to there",
        detailedDescription =
                """
                Examples:
                  jopil:drops
                  jopil:drops 'reason == NO_SOCKET'
                  jopil:drops 'packets_per_second > 0' --sort -packets_per_second
                  jopil:drops 'interface == lo' --fields reason,packets,command
                  jopil:drops --last 5
                  jopil:drops 'udp and dst port 53' --follow --limit 3
                  jopil:drops 'reason == NO_SOCKET' --stack --seconds 1
                """)
@Service
@Parsing(FilterParser.class)
public final class DropsCommand extends EventListCommand {
    private static final int STACK_SECONDS = 10;

    @Option(name = "--stack", description = "Kernel stacks of the drops of the next seconds, the most frequent first")
    boolean stack;

    @Option(name = "--seconds", description = "For how long stacks are taken, 1 to 60; 10 unless told")
    String seconds;

    @Override
    int run() throws Exception {
        if (!stack) {
            if (seconds != null) {
                throw Parameters.bad("seconds", seconds, "given together with --stack");
            }
            return super.run();
        }
        if (oneByOne()) {
            throw Parameters.bad("stack", "true", "given without --last, --follow, --since and --until");
        }
        Format format = format();
        Listing listing = listing(format, DropStackRun.RULES);
        new DropStackRun(services.dropStacks(), format, style("stack", listing.fields()), out(), session.getConsole())
                .run(listing, Duration.ofSeconds(stackSeconds()));
        return 0;
    }

    private int stackSeconds() {
        Map<String, String[]> given = new HashMap<>();
        put(given, "seconds", seconds);
        return new Parameters(given).integer("seconds", STACK_SECONDS, 1, (int) DropStacks.LONGEST.toSeconds());
    }

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
