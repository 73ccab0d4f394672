// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CpuWindowTest {
    private static final long SECOND = 1_000_000_000L;

    private final CpuWindow window = new CpuWindow();

    @Test
    void shouldKnowNothingAtFirst() {
        assertEquals(-1, window.percent(SECOND, 1));
        window.add(SECOND, -1);
        assertEquals(-1, window.percent(2 * SECOND, 1), "the JVM did not tell");
    }

    @Test
    void shouldLookTenMarksBack() {
        window.add(0, 0);
        assertEquals(50, window.percent(SECOND, SECOND / 2));
        for (int i = 1; i <= 20; i++) {
            // busy for ten seconds, then idle
            window.add(i * SECOND, Math.min(i, 10) * SECOND);
        }
        assertEquals(0, window.percent(20 * SECOND, 10 * SECOND));
        assertEquals(20, window.percent(21 * SECOND, 12 * SECOND));
    }

    @Test
    void shouldShowAThreadThatHangs() {
        window.add(0, 0);
        assertEquals(100, window.percent(60 * SECOND, 60 * SECOND));
    }

    @Test
    void shouldMarkOnceASecond() {
        window.mark(SECOND);
        long used = ThreadCost.cpuNs(Thread.currentThread());
        window.mark(SECOND + SECOND / 2);
        assertEquals(0, window.percent(2 * SECOND, used), 1, "the first mark counts");
    }
}
