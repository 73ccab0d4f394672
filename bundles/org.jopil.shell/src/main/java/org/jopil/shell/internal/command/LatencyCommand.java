// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.Map;
import java.util.TreeMap;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;

/** How long packets take for each stage of their way through the kernel. */
@Command(
        scope = "jopil",
        name = "latency",
        description =
                "How long packets take for each stage of their way through the kernel: what is slow, and for whom",
        detailedDescription =
                """
                Examples:
                  jopil:latency
                  jopil:latency 'stage == socket_queue' --by process
                  jopil:latency 'port == 8080' --since 5m --histogram
                  jopil:latency --by interface --sort -p99_ns --limit 5
                  jopil:latency 'stage == qdisc' --by time --json
                """)
@Service
@Parsing(FilterParser.class)
public final class LatencyCommand extends FilteredListCommand {
    private static final String REPORT = "latency";

    @Option(name = "--by", description = "Groups by a field: process, port, interface, namespace, protocol, or time")
    @Completion(FieldCompleter.class)
    String by;

    @Option(
            name = "--since",
            description = "Not before this time (RFC 3339), or this long ago; the last minute if not given")
    String since;

    @Option(name = "--until", description = "Not after this time, as --since")
    String until;

    @Option(name = "--histogram", description = "Bars of how many packets took how long, under the table")
    boolean histogram;

    @Override
    void options(Map<String, String[]> given) {
        put(given, "by", by);
        put(given, "since", since);
        put(given, "until", until);
        if (format() == Format.TEXT && fields == null) {
            String group = by == null ? "" : by.equals("time") ? "since," : by + ",";
            put(given, "fields", "stage,direction," + group + "count,p50_ns,p95_ns,p99_ns,max_ns");
        }
    }

    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN;
    }

    @Override
    String noun() {
        return "stage";
    }

    @Override
    Report report(Query query) {
        return services.reports().ask(REPORT, query);
    }

    @Override
    void preface(Listing listing) {
        Query asked = listing.query();
        Query processes = Query.first(Listing.MAX_LIMIT)
                .withWindow(asked.sinceNs(), asked.untilNs())
                .withBy("process");
        out().println(SlowestStage.sentence(report(
                asked.filter().isPresent() ? processes.withFilter(asked.filter().get()) : processes)));
        out().println();
    }

    @Override
    void remark(Listing listing) {
        if (histogram) {
            Bars.print(report(listing.query()), out());
        }
        new TreeMap<>(services.latency().missing()).forEach((stage, reason) -> out().println(
                        "Not measured: " + stage.text() + " (" + stage.direction() + "). " + reason + "."));
    }
}
