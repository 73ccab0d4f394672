// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.Filters;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Units;

/**
 * What a client wants.
 *
 * @param topics statistics, flows and packets until it says so
 * @param filterText of all but the statistics, as it was typed
 * @param filter the same, parsed
 * @param sort of flows
 * @param limit of flows and drops
 * @param rate packets and journeys a second at most; below 1 also the most of every other message a second
 * @param own whether packets of one's own connections are wanted too
 */
record Subscription(
        Set<Topic> topics,
        String filterText,
        Optional<Filter> filter,
        String sort,
        int limit,
        double rate,
        boolean own) {
    static final Subscription FIRST = new Subscription(
            EnumSet.of(Topic.STATS, Topic.FLOWS, Topic.PACKETS), "", Optional.empty(), "-bytes", 200, 20, false);
    static final int MAX_LIMIT = 1000;
    static final double MAX_RATE = 1000;

    private static final List<String> MEMBERS = List.of("type", "topics", "filter", "sort", "limit", "rate", "own");

    /** @throws JopilException naming what is wrong */
    static Subscription of(Map<String, Object> message, Filters filters) {
        for (String name : message.keySet()) {
            if (!MEMBERS.contains(name)) {
                throw new JopilException(
                        "JOPIL-400",
                        400,
                        "Unknown member '" + Units.safe(name) + "'",
                        NearNames.hint(name, MEMBERS) + "The members are: " + String.join(", ", MEMBERS) + ".");
            }
        }
        String text = text(message, "filter", FIRST.filterText);
        return new Subscription(
                topics(message.get("topics")),
                text,
                Listing.filter(text, filters),
                text(message, "sort", FIRST.sort),
                (int) number(message, "limit", FIRST.limit, 1, MAX_LIMIT),
                number(message, "rate", FIRST.rate, 0.01, MAX_RATE),
                own(message.get("own")));
    }

    private static Set<Topic> topics(Object given) {
        if (given == null) {
            return FIRST.topics;
        }
        if (!(given instanceof List<?> names)) {
            throw Parameters.bad("topics", given.toString(), "a list of " + String.join(", ", Topic.NAMES));
        }
        Set<Topic> topics = EnumSet.noneOf(Topic.class);
        for (Object name : names) {
            topics.add(Topic.named(String.valueOf(name))
                    .orElseThrow(() ->
                            Parameters.bad("topics", String.valueOf(name), "among " + String.join(", ", Topic.NAMES))));
        }
        return topics;
    }

    private static String text(Map<String, Object> message, String name, String otherwise) {
        Object value = message.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof String text) {
            return text.isBlank() ? otherwise : text;
        }
        throw Parameters.bad(name, value.toString(), "a text");
    }

    private static double number(Map<String, Object> message, String name, double otherwise, double min, double max) {
        Object value = message.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number && number.doubleValue() >= min && number.doubleValue() <= max) {
            return number.doubleValue();
        }
        throw Parameters.bad(name, value.toString(), "a number from " + min + " to " + max);
    }

    private static boolean own(Object value) {
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw Parameters.bad("own", value.toString(), "true or false");
    }

    boolean wants(Topic topic) {
        return topics.contains(topic);
    }
}
