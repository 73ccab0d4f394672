// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.report;

import java.util.Objects;

/**
 * A column of a report, which is also a field of filters.
 *
 * @param name snake case, as in JSON
 * @param type kind and unit of the values
 * @param description one sentence for the field reference
 * @param detail shown in JSON and CSV, left out of the table for people unless asked for
 */
public record Column(String name, Type type, String description, boolean detail) {

    /** Kind and unit of a column's values, and the Java type that a row holds. Null stands for "not known". */
    public enum Type {
        /** String. */
        TEXT,
        /** Long: a plain number or an identifier. */
        NUMBER,
        /** Double. */
        REAL,
        /** Long: wire packets. */
        PACKETS,
        /** Long: wire bytes. */
        BYTES,
        /** String: a numeric address as {@link org.jopil.api.event.Addresses#text} writes it. */
        ADDRESS,
        /** Long: port number. */
        PORT,
        /** Long: nanoseconds since the Unix epoch; RFC 3339 UTC in JSON. */
        TIME,
        /** Long: milliseconds. */
        MILLISECONDS,
        /** Long: nanoseconds. */
        NANOSECONDS,
        /** Double: 0 to 100. */
        PERCENT,
        /** Double: packets per second. */
        PACKETS_PER_SECOND,
        /** Double: bits per second. */
        BITS_PER_SECOND,
        /** Boolean. */
        BOOLEAN,
        /** List of String. */
        LIST,
        /** Map of String to platform types, or a List of such maps: nested in JSON, not in tables. */
        OBJECT;

        /** Whether larger and smaller mean something. */
        public boolean isNumeric() {
            return switch (this) {
                case TEXT, ADDRESS, BOOLEAN, LIST, OBJECT -> false;
                default -> true;
            };
        }
    }

    public Column {
        Objects.requireNonNull(name);
        Objects.requireNonNull(type);
        Objects.requireNonNull(description);
    }

    /** A column that people see too. */
    public static Column column(String name, Type type, String description) {
        return new Column(name, type, description, false);
    }

    /** A column for programs: in JSON and CSV, in the table only when asked for. */
    public static Column detail(String name, Type type, String description) {
        return new Column(name, type, description, true);
    }
}
