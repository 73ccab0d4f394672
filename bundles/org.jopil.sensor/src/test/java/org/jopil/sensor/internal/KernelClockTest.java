// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelClockTest {
    /** Whatever part of a jiffy the looks fell into. */
    @ParameterizedTest
    @ValueSource(ints = {100, 250, 300, 1000})
    void shouldFindHzFromTwoLooks(int hertz) {
        long tick = 1_000_000_000L / hertz;
        long apart = 120_000_000;
        for (long start = 0; start < tick; start += tick / 17) {
            long jiffies = (start + apart) / tick - start / tick;
            assertEquals(tick, KernelClock.jiffyNs(jiffies, apart), "start " + start);
        }
    }
}
