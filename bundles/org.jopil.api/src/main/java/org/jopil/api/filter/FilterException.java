// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import java.util.List;

/** A filter that cannot be understood: where, what was expected there, and near names. */
public final class FilterException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int column;
    private final String expected;
    private final List<String> suggestions;
    private final boolean neverMatches;

    /**
     * @param message one sentence that can stand alone
     * @param column of the mistake, from 0
     * @param expected what could stand there
     * @param suggestions near names, best first, may be empty
     */
    public FilterException(String message, int column, String expected, List<String> suggestions) {
        this(message, column, expected, suggestions, false);
    }

    private FilterException(
            String message, int column, String expected, List<String> suggestions, boolean neverMatches) {
        super(message);
        this.neverMatches = neverMatches;
        this.column = column;
        this.expected = expected;
        this.suggestions = List.copyOf(suggestions);
    }

    /** A filter without a mistake of grammar that no packet and no flow can match. */
    public static FilterException neverMatching(String filter) {
        return new FilterException(
                "'" + filter + "' asks for what no packet is at once",
                0,
                "'or' between things that exclude each other, such as ip or ip6",
                List.of(),
                true);
    }

    /** Whether the filter is understood, and matches nothing whatever comes. */
    public boolean neverMatches() {
        return neverMatches;
    }

    public int column() {
        return column;
    }

    public String expected() {
        return expected;
    }

    public List<String> suggestions() {
        return suggestions;
    }
}
