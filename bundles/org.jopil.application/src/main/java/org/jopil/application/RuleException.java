// SPDX-License-Identifier: Apache-2.0
package org.jopil.application;

/** A rule that cannot be understood: where, and what was expected there. */
public final class RuleException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;
    private final String expected;

    /**
     * @param line from 1
     * @param column from 1
     * @param expected what could stand there
     * @param found what stands there, empty at the end of the line
     */
    public RuleException(int line, int column, String expected, String found) {
        super("line " + line + ", column " + column + ": expected " + expected
                + (found.isEmpty() ? ", the line ends there" : ", found '" + found + "'"));
        this.line = line;
        this.column = column;
        this.expected = expected;
    }

    public int line() {
        return line;
    }

    public int column() {
        return column;
    }

    public String expected() {
        return expected;
    }
}
