// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

/**
 * A word, a quoted string, a sign, or the end.
 *
 * @param kind of it
 * @param text of the word or string, without quotes; the sign; empty at the end
 * @param column where it starts, from 0
 * @param end column after it
 */
record Token(Kind kind, String text, int column, int end) {
    enum Kind {
        WORD,
        QUOTED,
        SIGN,
        END
    }

    boolean is(String sign) {
        return kind == Kind.SIGN && text.equals(sign);
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    boolean isWord() {
        return kind == Kind.WORD;
    }

    /** As in a message. */
    String shown() {
        return kind == Kind.END ? "the end" : "'" + text + "'";
    }
}
