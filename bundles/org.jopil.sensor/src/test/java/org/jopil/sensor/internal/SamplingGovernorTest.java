// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.DoubleToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The governor in a closed loop: traffic, a ring that fills, a reader with a highest speed. Times are simulated. */
class SamplingGovernorTest {
    private static final int WANTED = 2000;
    private static final int RING_EVENTS = 3449;
    private static final long LOOK_NS = 20_000_000;
    private static final long ANY_READER = 100_000_000;
    private static final int LARGEST = 1 << 20;

    /** What the loop did. */
    private static final class Loop {
        private final SamplingGovernor governor;
        private final long readerPerSecond;
        private long nowNs;
        private long observed;
        private double credit;
        private double pending;
        private long ringFull;
        private boolean busBehind;

        Loop(int wantedPerSecond, long readerPerSecond) {
            this.governor = new SamplingGovernor(wantedPerSecond, 0, 0, 0);
            this.readerPerSecond = readerPerSecond;
        }

        double seconds() {
            return nowNs / 1e9;
        }

        /** Traffic by the time since the start of this run; returns the step's changes in it. */
        long run(double seconds, DoubleToLongFunction perSecond) {
            long changesBefore = governor.changes();
            long startNs = nowNs;
            long endNs = startNs + (long) (seconds * 1e9);
            while (nowNs < endNs) {
                long packets = perSecond.applyAsLong((nowNs - startNs) / 1e9) * LOOK_NS / 1_000_000_000;
                nowNs += LOOK_NS;
                observed += packets;
                if (governor.step() > 0) {
                    credit += (double) packets / governor.step();
                }
                long events = (long) credit;
                credit -= events;
                // the reader works all the time: what it cannot take lies in the ring, what finds no room is lost
                double over = pending + events - readerPerSecond * LOOK_NS / 1e9;
                ringFull += (long) Math.max(0, over - RING_EVENTS);
                pending = Math.max(0, Math.min(RING_EVENTS, over));
                governor.look(nowNs, observed, ringFull, pending / RING_EVENTS, busBehind);
            }
            return governor.changes() - changesBefore;
        }

        long run(double seconds, long perSecond) {
            return run(seconds, time -> perSecond);
        }

        /** Seconds of this traffic until the step is one of these; at most {@code most}. */
        double until(int least, int largest, double most, long perSecond) {
            double start = seconds();
            while (governor.step() < least || governor.step() > largest) {
                assertTrue(seconds() - start < most, "step " + governor.step() + " after " + most + " s");
                run(LOOK_NS / 1e9, perSecond);
            }
            return seconds() - start;
        }
    }

    @Test
    void shouldTellEverythingWithinTheBudget() {
        Loop loop = new Loop(WANTED, ANY_READER);
        assertEquals(0, loop.run(60, 1900));
        assertEquals(1, loop.governor.step());
    }

    @ParameterizedTest
    @ValueSource(longs = {5_000, 100_000, 1_000_000, 14_000_000})
    void shouldSettleOnConstantTrafficAtOnce(long perSecond) {
        Loop loop = new Loop(WANTED, ANY_READER);
        long step = Long.highestOneBit(2 * ((perSecond - 1) / WANTED) + 1);
        // a second's budget is spent first
        double most = 0.06 + (double) WANTED / (perSecond - WANTED);
        loop.until((int) step, LARGEST, most, perSecond);
        loop.run(5, perSecond);
        assertEquals(0, loop.run(120, perSecond), "changes in two minutes");
        assertEquals(step, loop.governor.step());
    }

    @Test
    void shouldReturnToEveryPacketAfterTheFlood() {
        Loop loop = new Loop(WANTED, ANY_READER);
        loop.run(30, 1_000_000);
        assertTrue(loop.until(1, 1, 10, 100) <= 4);
        assertEquals(0, loop.run(60, 100));
    }

    @Test
    void shouldNotSwingAtTheEdge() {
        Loop loop = new Loop(WANTED, ANY_READER);
        loop.run(30, 2100);
        assertEquals(0, loop.run(60, time -> (int) (time * 10) % 2 == 0 ? 2100 : 1950));
        assertEquals(2, loop.governor.step());
    }

    /** Half the period up, half down: seconds. */
    @ParameterizedTest
    @ValueSource(doubles = {0.2, 1, 3, 5, 10, 20, 30, 60})
    void shouldStayUpWhenTrafficComesAndGoes(double half) {
        Loop loop = new Loop(WANTED, ANY_READER);
        DoubleToLongFunction wave = time -> (long) (time / half) % 2 == 0 ? 1_000_000 : 100;
        // it learns how long to hold in at most five falls
        loop.run(5 * 2 * half + 60, wave);
        long changes = loop.run(600, wave);
        assertTrue(changes <= 40, changes + " changes in ten minutes");
        loop.run(32, 100);
        loop.until(1, 1, 32, 100);
    }

    @Test
    void shouldFollowARampWithOneChangeForEachDoubling() {
        Loop loop = new Loop(WANTED, ANY_READER);
        long up = loop.run(60, time -> (long) (1000 + time / 60 * 1_000_000));
        assertTrue(up <= 10, up + " changes upwards");
        assertTrue(loop.governor.step() >= 512);
        long down = loop.run(65, time -> (long) Math.max(100, 1_000_000 - time / 60 * 1_000_000));
        assertTrue(down <= 10, down + " changes downwards");
        loop.until(1, 1, 3, 100);
    }

    /** A burst that the ring holds is what the ring is there for. */
    @Test
    void shouldBearABurstThatTheRingHolds() {
        Loop loop = new Loop(WANTED, ANY_READER);
        assertEquals(0, loop.run(60, time -> time % 1 < 0.01 ? 60_000 : 500));
    }

    @Test
    void shouldBearNoise() {
        Random random = new Random(7);
        Loop loop = new Loop(WANTED, ANY_READER);
        DoubleToLongFunction noise = time -> (long) (100_000 * (0.5 + random.nextDouble()));
        loop.run(10, noise);
        long changes = loop.run(300, noise);
        assertTrue(changes <= 5, changes + " changes in five minutes");
    }

    /** It wants more than its reader can take: only the ring tells. */
    @ParameterizedTest
    @ValueSource(longs = {20_000, 130_000, 700_000})
    void shouldFindWhatItsReaderCanTake(long readerPerSecond) {
        Loop loop = new Loop(10_000_000, readerPerSecond);
        loop.run(60, 1_000_000);
        long lostBefore = loop.ringFull;
        long observedBefore = loop.observed;
        long changes = loop.run(600, 1_000_000);
        // it tries a larger budget now and then
        assertTrue(changes <= 60, changes + " changes in ten minutes");
        double lost = (double) (loop.ringFull - lostBefore) / (loop.observed - observedBefore);
        assertTrue(lost < 0.02, 100 * lost + " % lost to a full ring");
        assertTrue(1_000_000 / loop.governor.step() <= readerPerSecond);
        loop.run(32, 100);
        loop.until(1, 1, 64, 100);
    }

    @Test
    void shouldComeBackAfterItsReaderStoodStill() {
        Loop loop = new Loop(WANTED, ANY_READER);
        loop.run(5, 100_000);
        int step = loop.governor.step();
        loop.nowNs += 10_000_000_000L;
        loop.observed += 1_000_000;
        loop.ringFull += 12_000;
        loop.run(LOOK_NS / 1e9, 100_000);
        assertEquals(2 * step, loop.governor.step());
        assertTrue(loop.until(step, step, 10, 100_000) <= 7);
        assertEquals(0, loop.run(60, 100_000));
    }

    @Test
    void shouldGiveWayWhileMostSubscribersAreBehind() {
        Loop loop = new Loop(WANTED, ANY_READER);
        loop.run(5, 100_000);
        int step = loop.governor.step();
        loop.busBehind = true;
        loop.run(1, 100_000);
        assertTrue(loop.governor.step() >= 8 * step, "step " + loop.governor.step());
        loop.busBehind = false;
        loop.until(step, step, 30, 100_000);
        assertEquals(0, loop.run(60, 100_000));
    }

    @Test
    void shouldTellNothingWhenNothingIsWanted() {
        Loop none = new Loop(0, ANY_READER);
        none.run(1, 1000);
        assertEquals(0, none.governor.step());
    }
}
