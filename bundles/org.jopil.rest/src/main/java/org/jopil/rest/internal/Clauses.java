// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes pieces of filters. */
final class Clauses {
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_][\\w.\\-:/]*");
    private static final Set<String> RESERVED = Set.of("and", "or", "not", "in", "contains");

    private Clauses() {}

    /** A null value stands for rows without one. */
    static String equal(String field, String value) {
        return value == null ? "not " + present(field) : field + " == " + quote(value);
    }

    static String present(String field) {
        return field + " ~ \".\"";
    }

    /** Another value than these. */
    static String none(String field, Collection<String> values) {
        return values.isEmpty()
                ? present(field)
                : values.stream().map(value -> field + " != " + quote(value)).collect(Collectors.joining(" and "));
    }

    /** In the order given, empty ones left out. */
    static String and(String... clauses) {
        StringBuilder all = new StringBuilder();
        for (String clause : clauses) {
            if (!clause.isEmpty()) {
                all.append(all.isEmpty() ? "" : " and ").append(clause);
            }
        }
        return all.toString();
    }

    static String quote(String value) {
        return WORD.matcher(value).matches() && !RESERVED.contains(value.toLowerCase(Locale.ROOT))
                ? value
                : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
