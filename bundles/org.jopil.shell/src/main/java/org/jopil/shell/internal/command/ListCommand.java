// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Style;

/** A list of rows: filter, order, limit, fields, and going on. A command adds where the rows come from. */
abstract class ListCommand extends JopilCommand {
    @Option(name = "--sort", description = "Field to sort by; -FIELD for the largest first")
    @Completion(FieldCompleter.class)
    String sort;

    @Option(name = "--limit", description = "Most rows; tables have 20, other formats all of them, up to 100,000")
    String limit;

    @Option(name = "--fields", description = "Only these fields, separated by commas, in this order")
    @Completion(FieldCompleter.class)
    String fields;

    /** Rows of a table when nobody says how many; other formats have all of them. */
    static final int TABLE_ROWS = 20;

    /** What the list can do. */
    abstract Listing.Rules rules();

    /** What a row is, in the singular. */
    abstract String noun();

    abstract Report report(Query query) throws Exception;

    /** Further options, by the names that {@link Listing} knows. */
    void options(Map<String, String[]> given) {}

    /** Whether it shall go on. */
    boolean follows() {
        return false;
    }

    /** Whether it has written the rows in a way of its own. */
    boolean writes(Report report) {
        return false;
    }

    /** Said before a table. */
    void preface(Listing listing) throws Exception {}

    /** Said after a table. */
    void remark(Listing listing) throws Exception {}

    @Override
    int run() throws Exception {
        Format format = format();
        Map<String, String[]> given = given();
        Listing listing = listing(format, given, rules());
        Style style = style(noun(), listing.fields());
        if (follows()) {
            new Following(this::report, listing.query(), format, style, out(), session.getConsole())
                    .run(given.containsKey("limit"), given.containsKey("last"));
            return 0;
        }
        if (format == Format.TEXT) {
            preface(listing);
        }
        int[] status = {0};
        listing.<Exception>answer(() -> {
            Report report = report(listing.query());
            if (!writes(report)) {
                Answers.write(report, format, style, out());
            }
            status[0] = exitStatus(report);
        });
        if (format == Format.TEXT) {
            remark(listing);
        } else if (format == Format.JSON) {
            out().println();
        }
        return status[0];
    }

    private Map<String, String[]> given() {
        Map<String, String[]> given = new HashMap<>();
        put(given, "sort", sort);
        put(given, "limit", limit);
        put(given, "fields", fields);
        put(given, "filter", joined(words()));
        options(given);
        return given;
    }

    private Listing listing(Format format, Map<String, String[]> given, Listing.Rules rules) {
        Listing.Rules limited = format == Format.TEXT ? rules : rules.withLimit(Listing.MAX_LIMIT);
        return Listing.parse(new Parameters(given), limited, services.filters(), Instant.now());
    }

    /** What was typed, of another list than {@link #rules} tells of. */
    final Listing listing(Format format, Listing.Rules rules) {
        return listing(format, given(), rules);
    }

    /** 0 unless what was found is bad news. */
    int exitStatus(Report report) {
        return 0;
    }

    /** The shell makes two words of an {@code ==} that stands alone. */
    static String joined(List<String> words) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words.size(); i++) {
            boolean halved =
                    i > 0 && words.get(i).equals("=") && words.get(i - 1).equals("=");
            text.append(i == 0 || halved ? "" : " ").append(words.get(i));
        }
        return text.toString();
    }

    static void put(Map<String, String[]> given, String name, String value) {
        if (value != null && !value.isBlank()) {
            given.put(name, new String[] {value});
        }
    }
}
