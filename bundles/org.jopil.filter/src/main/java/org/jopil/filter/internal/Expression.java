// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A filter on its way to libpcap: its text with numbers in the place of names, because libpcap would look them up on this
 * machine, and where its primitives are, because libpcap does not say which it dislikes.
 */
final class Expression {
    /** Words that we take in any case and libpcap only so. */
    private static final Set<String> LOWER = Set.of("and", "or", "not", "mask");

    private record Edit(int from, int to, String text) {}

    /** Columns of a primitive, and the qualifiers that it inherits or that stand before it. */
    record Primitive(int column, int end, String qualifiers) {}

    private final String text;
    private final List<Edit> edits = new ArrayList<>();
    private final List<Primitive> primitives = new ArrayList<>();

    Expression(String text) {
        this.text = text;
    }

    void number(Token name, int number) {
        if (Names.number(name.text()).isEmpty()) {
            replace(name, Integer.toString(number));
        }
    }

    void replace(Token token, String by) {
        edits.add(new Edit(token.column(), token.end(), by));
    }

    void lower(Token word) {
        String lower = word.text().toLowerCase(Locale.ROOT);
        if (LOWER.contains(lower) && !lower.equals(word.text())) {
            replace(word, lower);
        }
    }

    void note(int column, int end, String qualifiers) {
        primitives.add(new Primitive(column, end, qualifiers));
    }

    /** Takes back all primitives from an index on. */
    void forget(int from) {
        primitives.subList(from, primitives.size()).clear();
    }

    List<Primitive> primitives() {
        return primitives;
    }

    /** All of it, for libpcap. */
    String text() {
        return part(0, text.length());
    }

    /** One primitive by itself, for libpcap. */
    String text(Primitive primitive) {
        return primitive.qualifiers + part(primitive.column, primitive.end);
    }

    /** As it was typed. */
    String typed(Primitive primitive) {
        return text.substring(primitive.column, primitive.end);
    }

    private String part(int from, int to) {
        StringBuilder result = new StringBuilder(text.substring(from, to));
        // from the back, so that the columns before stay right
        edits.stream()
                .filter(edit -> edit.from >= from && edit.to <= to)
                .sorted((a, b) -> Integer.compare(b.from, a.from))
                .forEach(edit -> result.replace(edit.from - from, edit.to - from, edit.text));
        return result.toString();
    }
}
