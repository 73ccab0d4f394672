// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;

/** Single packets on their way through the kernel. */
@Command(
        scope = "jopil",
        name = "journey",
        description =
                "Packets on their way through the kernel: a line each, or hook by hook for one id or where one fits",
        detailedDescription =
                """
                Examples:
                  jopil:journey
                  jopil:journey --last 1
                  jopil:journey --slow --limit 5
                  jopil:journey 'udp and dst port 53 and duration_ns > 1000000'
                  jopil:journey --dropped --since 1m
                """)
@Service
@Parsing(FilterParser.class)
public final class JourneyCommand extends FilteredListCommand {
    private static final String ID = "#?[0-9a-f]{1,16}";

    @Option(name = "--last", description = "The newest N")
    String last;

    @Option(name = "--since", description = "Not before this time (RFC 3339), or this long ago: 90s, 5m, 2h, 1d")
    String since;

    @Option(name = "--until", description = "Not after this time, as --since")
    String until;

    @Option(name = "--slow", description = "Those with a stage as slow as the slowest hundredth of the last minute")
    boolean slow;

    @Option(name = "--dropped", description = "Those that were dropped")
    boolean dropped;

    @Override
    Listing.Rules rules() {
        return new Listing.Rules("-timestamp", TABLE_ROWS, Optional.of("-timestamp"), false, false);
    }

    @Override
    String noun() {
        return "journey";
    }

    @Override
    void options(Map<String, String[]> given) {
        put(given, "last", last);
        put(given, "since", since);
        put(given, "until", until);
        List<String> filters = new ArrayList<>();
        if (words() != null && !words().isEmpty()) {
            filters.add(isId() ? "id == \"" + words().get(0).replace("#", "") + "\"" : "(" + joined(words()) + ")");
        }
        if (slow) {
            filters.add("kept == slow");
        }
        if (dropped) {
            filters.add("end == dropped");
        }
        if (filters.isEmpty()) {
            filters.add("followed == true");
        }
        put(given, "filter", String.join(" and ", filters));
    }

    private boolean isId() {
        return words() != null && words().size() == 1 && words().get(0).matches(ID);
    }

    @Override
    Report report(Query query) {
        Report report = services.reports().ask("journeys", query);
        if (isId() && report.total() == 0) {
            throw new JopilException(
                    "JOPIL-404",
                    404,
                    "There is no journey " + words().get(0),
                    "It may have made room for newer ones: 2,000 of each kind are kept. 'jopil journey' lists them.");
        }
        return report;
    }

    @Override
    boolean writes(Report report) {
        boolean asked = words() != null && !words().isEmpty();
        if (format() != Format.TEXT || report.total() != 1 || !asked || fields != null) {
            return false;
        }
        new JourneyText(report, style(noun(), List.of()).zone())
                .timeline(report.rows().get(0))
                .forEach(out()::println);
        return true;
    }
}
