// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import java.util.List;

/** A filter that cannot be understood: where, what was expected there, and near names. */
public final class FilterException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int column;
    private final String expected;
    private final List<String> suggestions;

    /**
     * @param message one sentence that can stand alone
     * @param column of the mistake, from 0
     * @param expected what could stand there
     * @param suggestions near names, best first, may be empty
     */
    public FilterException(String message, int column, String expected, List<String> suggestions) {
        super(message);
        this.column = column;
        this.expected = expected;
        this.suggestions = List.copyOf(suggestions);
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
