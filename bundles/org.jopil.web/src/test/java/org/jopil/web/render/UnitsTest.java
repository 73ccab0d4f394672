// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.ZoneOffset;
import org.jopil.api.report.Column.Type;
import org.junit.jupiter.api.Test;

class UnitsTest {
    @Test
    void shouldShowThreeSignificantDigitsWithSiPrefixes() {
        assertEquals("0 B", Units.si(0, "B"));
        assertEquals("999 B", Units.si(999, "B"));
        assertEquals("1.00 kB", Units.si(1000, "B"));
        assertEquals("12.3 kB", Units.si(12_345, "B"));
        assertEquals("123 kB", Units.si(123_456, "B"));
        assertEquals("1.00 MB", Units.si(999_999, "B"));
        assertEquals("9.22 EB", Units.si(Long.MAX_VALUE, "B"));
        assertEquals("0.25 /s", Units.si(0.25, "/s"));
        assertEquals("-1.50 kB", Units.si(-1500, "B"));
    }

    @Test
    void shouldKeepCountsExactWhileTheyAreShort() {
        assertEquals("9999999", Units.text(Type.PACKETS, 9_999_999L, ZoneOffset.UTC));
        assertEquals("10.0 M", Units.text(Type.PACKETS, 10_000_000L, ZoneOffset.UTC));
        assertEquals("–", Units.text(Type.PACKETS, null, ZoneOffset.UTC));
    }

    @Test
    void shouldReadDurations() {
        assertEquals("850 ns", Units.duration(850));
        assertEquals("1.50 µs", Units.duration(1500));
        assertEquals("12.3 ms", Units.duration(12_345_678));
        assertEquals("1.20 s", Units.duration(1_200_000_000L));
        assertEquals("3 min 04 s", Units.duration(184_000_000_000L));
        assertEquals("2 h 05 min", Units.duration(7_500_000_000_000L));
        assertEquals("3 d 04 h", Units.duration(273_600_000_000_000L));
    }

    @Test
    void shouldLeaveOrdinaryTextAlone() {
        assertEquals("naïve 日本 😀", Units.safe("naïve 日本 😀"));
        assertEquals("\\ud83d", Units.safe("\ud83d"));
    }
}
