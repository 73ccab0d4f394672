// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What somebody may have meant. */
public final class NearNames {
    private NearNames() {}

    /** At most three names that differ in few letters, the nearest first. */
    public static List<String> of(String typed, Collection<String> names) {
        String lower = typed.toLowerCase(Locale.ROOT);
        int most = Math.max(1, Math.min(lower.length(), 24) / 3);
        return lower.length() > 64
                ? List.of()
                : names.stream()
                        .filter(name -> distance(lower, name.toLowerCase(Locale.ROOT)) <= most)
                        .sorted(Comparator.comparing(name -> distance(lower, name.toLowerCase(Locale.ROOT))))
                        .limit(3)
                        .toList();
    }

    /** {@code "Did you mean a, b? "}, or nothing. */
    public static String hint(String typed, Collection<String> names) {
        List<String> near = of(typed, names);
        return near.isEmpty() ? "" : "Did you mean " + String.join(", ", near) + "? ";
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
