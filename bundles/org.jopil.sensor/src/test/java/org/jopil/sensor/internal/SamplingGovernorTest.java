// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SamplingGovernorTest {
    private static final long LOOK_NS = 20_000_000;

    private long now;
    private long observed;
    private final SamplingGovernor governor = new SamplingGovernor(2000, 0, 0, 0);

    private void run(SamplingGovernor g, double seconds, long perSecond) {
        for (long end = now + (long) (seconds * 1e9); now < end; ) {
            now += LOOK_NS;
            observed += perSecond * LOOK_NS / 1_000_000_000;
            g.look(now, observed, 0);
        }
    }

    @Test
    void shouldTellEverythingWithinTheBudget() {
        run(governor, 3, 1900);
        assertEquals(1, governor.step());
    }

    @Test
    void shouldReachAFloodsStepWithinFiveLooks() {
        run(governor, 0.1, 1_000_000);
        assertTrue(governor.step() >= 500 && governor.step() <= 1024, "step " + governor.step());
    }

    @Test
    void shouldReturnToEveryPacketAfterTheFlood() {
        run(governor, 1, 1_000_000);
        run(governor, 5, 100);
        assertEquals(1, governor.step());
    }

    @Test
    void shouldNotSwingAtTheEdge() {
        run(governor, 2, 2100);
        int changes = 0;
        int last = governor.step();
        for (int i = 0; i < 100; i++) {
            run(governor, 0.1, i % 2 == 0 ? 2100 : 1950);
            changes += governor.step() == last ? 0 : 1;
            last = governor.step();
        }
        assertEquals(0, changes);
    }

    @Test
    void shouldGiveWayWhenTheReaderIsBehind() {
        governor.look(LOOK_NS, 10, 5);
        assertEquals(2, governor.step());
        governor.look(2 * LOOK_NS, 20, 6);
        assertEquals(4, governor.step());
    }

    @Test
    void shouldTellNothingWhenNothingIsWanted() {
        SamplingGovernor none = new SamplingGovernor(0, 0, 0, 0);
        run(none, 1, 1000);
        assertEquals(0, none.step());
    }
}
