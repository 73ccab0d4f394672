// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jopil.api.report.Column;

/** Values as people read them: SI prefixes, three significant digits, local time. */
public final class Units {
    private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};
    private static final DateTimeFormatter TIME_OF_DAY = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);
    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT);
    private static final long SECOND_NS = 1_000_000_000L;

    private Units() {}

    /** Unit of a column's values as programs get them; empty if they have none. */
    public static String unit(Column.Type type) {
        return switch (type) {
            case PACKETS -> "packets";
            case BYTES -> "bytes";
            case MILLISECONDS -> "ms";
            case NANOSECONDS -> "ns";
            case PERCENT -> "percent";
            case PACKETS_PER_SECOND -> "packets/s";
            case BITS_PER_SECOND -> "bit/s";
            default -> "";
        };
    }

    /** A value of a table; a dash for what is not known. Control characters in data are spelt out. */
    public static String text(Column.Type type, Object value, ZoneId zone) {
        if (value == null) {
            return "–";
        }
        return switch (type) {
            case PACKETS -> count(((Number) value).longValue());
            case BYTES -> si(((Number) value).doubleValue(), "B");
            case BITS_PER_SECOND -> si(((Number) value).doubleValue(), "bit/s");
            case PACKETS_PER_SECOND -> si(((Number) value).doubleValue(), "").trim();
            case PERCENT -> String.format(Locale.ROOT, "%.1f %%", ((Number) value).doubleValue());
            case REAL -> String.format(Locale.ROOT, "%.3g", ((Number) value).doubleValue());
            case MILLISECONDS -> duration(((Number) value).longValue() * 1_000_000);
            case NANOSECONDS -> duration(((Number) value).longValue());
            case TIME -> time(((Number) value).longValue(), zone);
            case BOOLEAN -> Boolean.TRUE.equals(value) ? "yes" : "no";
            case LIST -> safe(joined(value));
            case OBJECT -> safe(Json.text(value));
            case TEXT, ADDRESS, NUMBER, PORT -> safe(value.toString());
        };
    }

    private static String joined(Object list) {
        return list instanceof List<?> elements
                ? String.join(",", elements.stream().map(String::valueOf).toList())
                : list.toString();
    }

    /** Whole numbers stay exact up to seven digits. */
    private static String count(long value) {
        return Math.abs(value) < 10_000_000
                ? Long.toString(value)
                : si(value, "").trim();
    }

    /** {@code 8.40 kB}: three significant digits. */
    public static String si(double value, String unit) {
        double scaled = Math.abs(value);
        int prefix = 0;
        while (scaled >= 999.5 && prefix < PREFIXES.length - 1) {
            scaled /= 1000;
            prefix++;
        }
        String digits;
        if (prefix == 0 && (scaled == Math.rint(scaled) || scaled >= 99.95)) {
            digits = String.format(Locale.ROOT, "%.0f", scaled);
        } else {
            digits = String.format(Locale.ROOT, scaled < 9.995 ? "%.2f" : scaled < 99.95 ? "%.1f" : "%.0f", scaled);
        }
        return (value < 0 ? "-" : "") + digits + " " + PREFIXES[prefix] + unit;
    }

    /** {@code 850 µs}, {@code 1.20 s}, {@code 3 min 04 s}, {@code 2 h 05 min}, {@code 3 d 04 h}. */
    public static String duration(long ns) {
        if (ns < 0) {
            return "-" + duration(-ns);
        }
        if (ns < 1000) {
            return ns + " ns";
        }
        if (ns < 60 * SECOND_NS) {
            double value = ns / 1e3;
            for (String unit : new String[] {"µs", "ms"}) {
                if (value < 999.5) {
                    return digits(value) + " " + unit;
                }
                value /= 1000;
            }
            return digits(value) + " s";
        }
        long seconds = ns / SECOND_NS;
        if (seconds < 3600) {
            return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
        }
        return seconds < 86_400
                ? String.format(Locale.ROOT, "%d h %02d min", seconds / 3600, seconds / 60 % 60)
                : String.format(Locale.ROOT, "%d d %02d h", seconds / 86_400, seconds / 3600 % 24);
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
    }

    /** Time of day; with the date if that is not today's. */
    private static String time(long ns, ZoneId zone) {
        var local = instant(ns).atZone(zone);
        boolean today = local.toLocalDate().equals(Instant.now().atZone(zone).toLocalDate());
        return (today ? TIME_OF_DAY : DATE_TIME).format(local);
    }

    /** Nanoseconds since the epoch. */
    public static Instant instant(long ns) {
        return Instant.ofEpochSecond(Math.floorDiv(ns, SECOND_NS), Math.floorMod(ns, SECOND_NS));
    }

    /** RFC 3339 UTC. */
    public static String rfc3339(long ns) {
        return instant(ns).toString();
    }

    /**
     * Text from the wire as a terminal may see it: no control, no change of direction, no line break, nothing invisible;
     * these are spelt out.
     */
    public static String safe(String text) {
        if (text.codePoints().noneMatch(Units::isHostile)) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length() + 8);
        text.codePoints().forEach(c -> {
            if (isHostile(c)) {
                String escape = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
                safe.append(String.format(Locale.ROOT, escape, c));
            } else {
                safe.appendCodePoint(c);
            }
        });
        return safe.toString();
    }

    /** A surrogate is one that has no partner. */
    private static boolean isHostile(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }

    /** Flattens nested maps to {@code a.b} paths. */
    static void flatten(String prefix, Map<?, ?> document, Map<String, Object> into) {
        document.forEach((key, value) -> {
            String path = prefix.isEmpty() ? key.toString() : prefix + "." + key;
            if (value instanceof Map<?, ?> nested && !nested.isEmpty()) {
                flatten(path, nested, into);
            } else {
                into.put(path, value);
            }
        });
    }
}
