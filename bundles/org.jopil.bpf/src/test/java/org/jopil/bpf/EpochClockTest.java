// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class EpochClockTest {
    @Test
    void shouldKeepTheOffsetUntilTheClockIsSet() {
        long known = EpochClock.minusKernelMono();
        for (int i = 0; i < 100; i++) {
            assertEquals(known, EpochClock.followed(known));
        }
        long beforeItWasSet = known - 2_000_000_000L;
        assertEquals(known, EpochClock.followed(beforeItWasSet), 1_000_000);
    }
}
