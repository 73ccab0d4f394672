// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** How numbers and names are put into sentences and filters. */
final class Words {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][\\w.\\-:/]*");
    private static final long SECOND_NS = 1_000_000_000L;
    private static final String[] UNITS = {"ns", "µs", "ms", "s"};

    private Words() {}

    /** {@code 1 packet}, {@code 1,234 packets}. */
    static String count(long number, String one) {
        return number(number) + ' ' + (number == 1 ? one : one + "s");
    }

    /** {@code 1,234}. */
    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Two significant digits: a histogram's bucket is no finer. */
    static String duration(long ns) {
        double value = ns;
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, value < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", value, UNITS[unit]);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, share < 0.1 ? "%.1f %%" : "%.0f %%", 100 * share);
    }

    static String seconds(long ns) {
        return Math.max(1, Math.round((double) ns / SECOND_NS)) + " s";
    }

    /** {@code a}, {@code a and b}, {@code a, b and 3 more}. */
    static String join(List<String> names, int most) {
        if (names.size() > most) {
            return String.join(", ", names.subList(0, most)) + " and " + (names.size() - most) + " more";
        }
        return names.size() < 2
                ? String.join("", names)
                : String.join(", ", names.subList(0, names.size() - 1)) + " and " + names.get(names.size() - 1);
    }

    /** A text as a value of a filter. */
    static String value(String text) {
        return PLAIN.matcher(text).matches() ? text : '"' + text.replaceAll("([\"\\\\])", "\\\\$1") + '"';
    }

    /** Clauses that must all hold; {@code and} and {@code or} bind equally, so each is in brackets where it needs to be. */
    static String all(String... clauses) {
        List<String> wanted =
                List.of(clauses).stream().filter(clause -> !clause.isEmpty()).toList();
        return wanted.size() == 1
                ? wanted.get(0)
                : String.join(
                        " and ",
                        wanted.stream()
                                .map(clause -> clause.contains(" or ") ? "(" + clause + ")" : clause)
                                .toList());
    }
}
