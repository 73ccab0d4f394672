// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.filter.FilterException;

/**
 * Cuts a filter into tokens. A word is whatever stands between blanks and signs, so that {@code 10.0.0.0/8},
 * {@code fe80::1}, {@code 80-443} and {@code 1k..2k} are one word each.
 */
final class Lexer {
    private static final String SIGN_CHARACTERS = "()[]{}=!<>~&|,";
    private static final List<String> LONG_SIGNS = List.of("==", "!=", ">=", "<=", "&&", "||", "<<", ">>");

    private final String text;
    private int at;

    private Lexer(String text) {
        this.text = text;
    }

    /** All tokens, the last one is the end. */
    static List<Token> tokens(String text) throws FilterException {
        Lexer lexer = new Lexer(text);
        List<Token> tokens = new ArrayList<>();
        Token token;
        do {
            token = lexer.next();
            tokens.add(token);
        } while (token.kind() != Token.Kind.END);
        return tokens;
    }

    private Token next() throws FilterException {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return new Token(Token.Kind.END, "", at, at);
        }
        char first = text.charAt(at);
        if (first == '"' || first == '\'') {
            return quoted(first);
        }
        int start = at;
        if (SIGN_CHARACTERS.indexOf(first) >= 0) {
            String sign = LONG_SIGNS.stream()
                    .filter(s -> text.startsWith(s, start))
                    .findFirst()
                    .orElse(String.valueOf(first));
            at += sign.length();
            return new Token(Token.Kind.SIGN, sign, start, at);
        }
        while (at < text.length() && isWordCharacter(text.charAt(at))) {
            at++;
        }
        return new Token(Token.Kind.WORD, text.substring(start, at), start, at);
    }

    private static boolean isWordCharacter(char c) {
        return !Character.isWhitespace(c) && c != '"' && c != '\'' && SIGN_CHARACTERS.indexOf(c) < 0;
    }

    /** Backslash takes the next quote or backslash as it is; any other backslash stays, so that patterns need no doubling. */
    private Token quoted(char quote) throws FilterException {
        int start = at++;
        StringBuilder value = new StringBuilder();
        while (at < text.length() && text.charAt(at) != quote) {
            char c = text.charAt(at++);
            if (c == '\\' && at < text.length() && (text.charAt(at) == quote || text.charAt(at) == '\\')) {
                c = text.charAt(at++);
            }
            value.append(c);
        }
        if (at == text.length()) {
            throw new FilterException(
                    "The quotation that starts here does not end", start, "a closing " + quote, List.of());
        }
        at++;
        return new Token(Token.Kind.QUOTED, value.toString(), start, at);
    }
}
