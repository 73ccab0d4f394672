// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void shouldTakeTheMiddleOfOddAndEvenCounts() {
        assertEquals(new Spread(2, 1, 9, 3), Spread.of(9, 1, 2));
        assertEquals(new Spread(2.5, 1, 9, 4), Spread.of(9, 1, 2, 3));
    }

    @Test
    void shouldSayThatThereIsNothing() {
        assertTrue(Spread.of().isEmpty());
        assertEquals("–", Spread.of().text("%.1f"));
    }

    @Test
    void shouldWriteTheSpreadOfSeveralValuesOnly() {
        assertEquals("1.5", Spread.of(1.5).text("%.1f"));
        assertEquals("2.0 (1.0–3.0)", Spread.of(1, 2, 3).text("%.1f"));
    }

    @Test
    void shouldTakeThePercentileByNearestRank() {
        double[] values = new double[100];
        for (int i = 0; i < values.length; i++) {
            values[i] = 100 - i;
        }
        assertEquals(99, Spread.percentile(0.99, values));
        assertEquals(100, Spread.percentile(1, values));
        assertEquals(7, Spread.percentile(0.5, 7));
    }
}
