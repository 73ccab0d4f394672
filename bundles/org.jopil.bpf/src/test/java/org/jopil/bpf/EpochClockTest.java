// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EpochClockTest {
    @Test
    void shouldKeepTheOffsetUntilTheClockIsSet() {
        long known = EpochClock.minusKernelMono();
        for (int i = 0; i < 100; i++) {
            assertEquals(known, EpochClock.followed(known));
        }
        long beforeItWasSet = known - 2_000_000_000L;
        long followed = EpochClock.followed(beforeItWasSet);
        assertTrue(Math.abs(followed - known) < 1_000_000, () -> followed + ", not about " + known);
    }
}
