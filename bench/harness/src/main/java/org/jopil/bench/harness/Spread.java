// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.util.Arrays;
import java.util.Collection;

/** A measured quantity: its median over the rounds, and how far it went. */
record Spread(double median, double min, double max, int count) {
    /** Of no values: all NaN. */
    static Spread of(Collection<Double> values) {
        return of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    static Spread of(double... values) {
        if (values.length == 0) {
            return new Spread(Double.NaN, Double.NaN, Double.NaN, 0);
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1], sorted.length);
    }

    /** The smallest value that at least this share of all is not above; {@code share} in (0, 1]. */
    static double percentile(double share, double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** {@code 1.23 (1.20–1.31)}; one value stands alone. */
    String text(String format) {
        if (isEmpty()) {
            return "–";
        }
        String middle = String.format(format, median);
        return count == 1
                ? middle
                : middle + " (" + String.format(format, min) + "–" + String.format(format, max) + ")";
    }
}
