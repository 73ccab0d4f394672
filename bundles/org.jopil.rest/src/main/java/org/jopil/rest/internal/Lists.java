// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jopil.api.JopilException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Style;

/** What all lists have in common: parameters, counts, sequence, formats, following. */
final class Lists {
    /** Makes the rows. */
    @FunctionalInterface
    interface Source {
        Report report(Query query) throws Exception;
    }

    private final Services services;
    private final Followers followers;

    Lists(Services services, Followers followers) {
        this.services = services;
        this.followers = followers;
    }

    /** A list of an analyzer's rows. */
    Route report(String path, String summary, String report, Listing.Rules rules, String noun) {
        return list(path, summary, rules, noun, () -> columns(report), query -> ask(report, query));
    }

    Report ask(String report, Query query) {
        return services.reports().ask(report, query);
    }

    /** A list of anything. */
    Route list(
            String path,
            String summary,
            Listing.Rules rules,
            String noun,
            Supplier<List<Column>> columns,
            Source source) {
        return document(Route.get(path, summary), rules)
                .answers(() -> Shape.array(Shape.row(columns.get())))
                .to(exchange -> send(exchange, listing(exchange, rules), noun, source));
    }

    /** The columns that an analyzer has now; none while it is away. */
    List<Column> columns(String report) {
        Reports present = services.reports;
        try {
            return present == null
                    ? List.of()
                    : present.ask(report, Query.first(0)).columns();
        } catch (JopilException goneOrBusy) {
            return List.of();
        }
    }

    Listing listing(Exchange exchange, Listing.Rules rules) {
        return listing(exchange.parameters(), rules);
    }

    Listing listing(Parameters given, Listing.Rules rules) {
        return Listing.parse(given, rules, services.filters(), Instant.now());
    }

    void send(Exchange exchange, Listing listing, String noun, Source source) throws Exception {
        Style style = Style.of(noun).withFields(listing.fields());
        if (listing.follow()) {
            follow(exchange, listing, style, source);
            return;
        }
        // read before the rows: they are at least as new as the number says
        sequence(exchange);
        listing.<Exception>answer(() -> exchange.send(source.report(listing.query()), style));
    }

    private void follow(Exchange exchange, Listing listing, Style style, Source source) throws IOException {
        if (!exchange.format().isLines()) {
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    "Only lines can be followed",
                    "Send the header Accept: application/x-ndjson with follow=1.");
        }
        Parameters given = exchange.parameters();
        int rows = given.text("limit").isPresent() ? listing.query().limit() : Integer.MAX_VALUE;
        followers.follow(exchange, listing.query(), rows, given.text("last").isPresent(), style, source);
    }

    void sequence(Exchange exchange) {
        services.latest().ifPresent(s -> exchange.header("X-Sequence", s.sequence()));
    }

    /** A body's length of time: a whole number of seconds, at least 1. */
    static Duration seconds(Object given, Duration longest) {
        if (given instanceof Number number
                && number.doubleValue() == number.longValue()
                && number.longValue() >= 1
                && number.longValue() <= longest.toSeconds()) {
            return Duration.ofSeconds(number.longValue());
        }
        throw Parameters.bad("seconds", String.valueOf(given), "a whole number from 1 to " + longest.toSeconds());
    }

    /** What is said of the parameters in OpenAPI. */
    static Route.Builder document(Route.Builder route, Listing.Rules rules) {
        for (String name : rules.names()) {
            route.parameter(name, shape(name), description(name));
        }
        return route;
    }

    private static Map<String, Object> shape(String name) {
        return switch (name) {
            case "limit", "offset", "last" -> Shape.integer();
            case "format" -> Shape.choice(List.copyOf(Format.byOption().keySet()));
            case "follow", "own" -> Shape.choice(List.of("1", "0", "true", "false"));
            default -> Shape.text();
        };
    }

    private static String description(String name) {
        return switch (name) {
            case "filter" -> "only rows that match, as: tcp port 443 and bytes > 10k";
            case "sort" -> "a field, -field for the largest first";
            case "limit" -> "most rows, up to " + Listing.MAX_LIMIT;
            case "offset" -> "rows to leave out before";
            case "since" -> "not before this time (RFC 3339) or this long ago (90s, 5m, 2h, 1d)";
            case "until" -> "not after this time, as since";
            case "by" -> "field to group by";
            case "last" -> "the newest N rows";
            case "fields" -> "only these fields, separated by commas, in this order";
            case "format" -> "instead of the header Accept";
            case "follow" -> "goes on with new rows as they come (application/x-ndjson); limit then ends it";
            case "own" -> "also one's own connections to JOPIL";
            default -> throw new IllegalArgumentException(name);
        };
    }
}
