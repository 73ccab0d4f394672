// SPDX-License-Identifier: Apache-2.0
package org.jopil.config.internal;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One key of a configuration, as Metatype declares it.
 *
 * @param type Metatype's: {@code Integer}, {@code String}, …
 * @param min inclusive; empty if unbounded
 * @param max inclusive; empty if unbounded
 * @param fallback the default, empty if there is none
 * @param options the only values that are allowed; empty if all are
 */
record Attribute(
        String id,
        String type,
        String description,
        Optional<String> min,
        Optional<String> max,
        String fallback,
        List<String> options) {

    /** What is allowed, as it stands in messages and in the files: {@code a whole number from 1 to 60}. */
    String range() {
        if (!options.isEmpty()) {
            return "one of " + String.join(", ", options);
        }
        String kind =
                switch (type) {
                    case "Integer", "Long", "Short", "Byte" -> "a whole number";
                    case "Double", "Float" -> "a number";
                    case "Boolean" -> "true or false";
                    default -> "text";
                };
        if (min.isPresent() && max.isPresent()) {
            return kind + " from " + min.get() + " to " + max.get();
        }
        return kind
                + min.map(m -> ", at least " + m).orElse("")
                + max.map(m -> ", at most " + m).orElse("");
    }

    /** Whether a configured value, one or several, is allowed. */
    boolean allows(Object value) {
        for (Object one : values(value)) {
            if (!allowsText(String.valueOf(one).strip())) {
                return false;
            }
        }
        return true;
    }

    private static List<Object> values(Object value) {
        if (value instanceof Collection<?> several) {
            return new ArrayList<>(several);
        }
        if (value.getClass().isArray()) {
            List<Object> result = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                result.add(Array.get(value, i));
            }
            return result;
        }
        return List.of(value);
    }

    private boolean allowsText(String text) {
        if (!options.isEmpty()) {
            return options.contains(text);
        }
        return switch (type) {
            case "Integer" -> whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "Long" -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
            case "Short" -> whole(text, Short.MIN_VALUE, Short.MAX_VALUE);
            case "Byte" -> whole(text, Byte.MIN_VALUE, Byte.MAX_VALUE);
            case "Double", "Float" -> number(text).filter(this::inRange).isPresent();
            case "Boolean" -> List.of("true", "false").contains(text.toLowerCase(Locale.ROOT));
            default -> true;
        };
    }

    private boolean whole(String text, long least, long most) {
        return number(text)
                .filter(n -> text.matches("[+-]?[0-9]+"))
                .filter(n -> n.compareTo(BigDecimal.valueOf(least)) >= 0 && n.compareTo(BigDecimal.valueOf(most)) <= 0)
                .filter(this::inRange)
                .isPresent();
    }

    private static Optional<BigDecimal> number(String text) {
        try {
            return Optional.of(new BigDecimal(text));
        } catch (NumberFormatException e) {
            return Optional.empty(); // which is what is asked
        }
    }

    private boolean inRange(BigDecimal n) {
        return min.map(m -> n.compareTo(new BigDecimal(m)) >= 0).orElse(true)
                && max.map(m -> n.compareTo(new BigDecimal(m)) <= 0).orElse(true);
    }
}
