// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

/**
 * Chooses the sampling step, a power of two. Events have a budget per second, in a bucket that holds one second of it: the
 * step rises at the look that empties the bucket, and falls to what every second of a whole hold time needed. Pressure (a
 * full ring, subscribers that fall behind) halves the budget, which doubles again after each hold time without. What has to
 * be taken back soon doubles its hold time: what comes and goes is met with a step that stays. One thread.
 */
final class SamplingGovernor {
    private static final long LOOK_NS = 20_000_000;
    private static final long SECOND_NS = 1_000_000_000;
    private static final long SHORTEST_HOLD_NS = 2 * SECOND_NS;
    private static final long LONGEST_HOLD_NS = 32 * SECOND_NS;
    /** What is taken back within this time came too early. */
    private static final long REGRET_NS = 60 * SECOND_NS;
    /** Time for a smaller budget to show its effect: what waits on the bus has to be read first. */
    private static final long EFFECT_NS = SECOND_NS / 4;
    /** A ring that is so full when the reader comes has little room for the next delay. */
    private static final double FULL = 0.5;

    /** No pressure takes more: enough to watch. */
    private static final long LEAST_PER_SECOND = 100;

    private static final int LARGEST_STEP = 1 << 20;

    /** How long to hold before the next relief. */
    private static final class Hold {
        private long ns = SHORTEST_HOLD_NS;
        private long relievedNs;
        private boolean relieved;

        void relieve(long nowNs) {
            relievedNs = nowNs;
            relieved = true;
        }

        void takeBack(long nowNs) {
            if (relieved) {
                ns = nowNs - relievedNs < REGRET_NS ? Math.min(LONGEST_HOLD_NS, 2 * ns) : SHORTEST_HOLD_NS;
                relieved = false;
            }
        }
    }

    private final int wantedPerSecond;
    private int step;
    private long changes;

    /** What pressure leaves of {@link #wantedPerSecond}. */
    private long budgetPerSecond;

    private long budgetChangedNs;
    private final Hold budgetHold = new Hold();
    /** Events that may still come before the step rises; at most a second's budget. */
    private double bucket;

    private final Hold stepHold = new Hold();
    /** Time in which less than {@link #step} would have done, and the most that was needed in it. */
    private long spareNs;

    private int spareStep = 1;

    private long lookNs;
    private long lookObserved;
    private long lookRingFull;
    private long secondNs;
    private long secondObserved;
    private double lastPerSecond;
    private boolean pressedThisSecond;

    /** With 0 wanted there are no events at all. */
    SamplingGovernor(int wantedPerSecond, long nowNs, long observed, long ringFull) {
        this.wantedPerSecond = wantedPerSecond;
        this.budgetPerSecond = wantedPerSecond;
        this.bucket = wantedPerSecond;
        this.step = wantedPerSecond == 0 ? 0 : 1;
        this.lookNs = nowNs;
        this.lookObserved = observed;
        this.lookRingFull = ringFull;
        this.secondNs = nowNs;
        this.secondObserved = observed;
        this.budgetChangedNs = nowNs - EFFECT_NS;
    }

    int step() {
        return step;
    }

    /** Times that the step changed. */
    long changes() {
        return changes;
    }

    boolean isDue(long nowNs) {
        return nowNs - lookNs >= LOOK_NS;
    }

    /**
     * Looks again, if it is time.
     *
     * @param observed cumulative observations of all sensors
     * @param ringFull cumulative events lost to a full ring
     * @param fullest largest share of a ring that lay unread when the reader came, since the last look; 0 to 1
     * @param busBehind whether most subscribers cannot keep up
     */
    void look(long nowNs, long observed, long ringFull, double fullest, boolean busBehind) {
        if (wantedPerSecond == 0 || !isDue(nowNs)) {
            return;
        }
        int needed = spend((double) (observed - lookObserved) / step, nowNs - lookNs);
        if (needed > step) {
            stepHold.takeBack(nowNs);
        }
        boolean pressed = ringFull > lookRingFull || fullest >= FULL || busBehind;
        if (pressed && nowNs - budgetChangedNs >= EFFECT_NS) {
            double perSecond = (observed - lookObserved) * (double) SECOND_NS / (nowNs - lookNs);
            cut(nowNs, Math.max(perSecond, lastPerSecond) / step);
            needed = Math.max(needed, Math.min(LARGEST_STEP, 2 * step));
        }
        pressedThisSecond |= pressed;
        lookNs = nowNs;
        lookObserved = observed;
        lookRingFull = ringFull;
        if (needed > step) {
            change(needed);
        }
        if (nowNs - secondNs >= SECOND_NS) {
            second(nowNs, observed);
        }
    }

    /** Takes the events of one look out of the bucket; the step that it would have had enough for. */
    private int spend(double events, long ns) {
        double available = bucket + budgetPerSecond * (double) ns / SECOND_NS;
        bucket = Math.max(0, Math.min(budgetPerSecond, available - events));
        return events <= available ? step : powerOfTwo(step * events / available);
    }

    private void cut(long nowNs, double eventsPerSecond) {
        long half = (long) Math.min(budgetPerSecond, eventsPerSecond) / 2;
        budgetPerSecond = Math.min(wantedPerSecond, Math.max(LEAST_PER_SECOND, half));
        budgetChangedNs = nowNs;
        budgetHold.takeBack(nowNs);
    }

    private void second(long nowNs, long observed) {
        long ns = nowNs - secondNs;
        double perSecond = (observed - secondObserved) * (double) SECOND_NS / ns;
        boolean calm = !pressedThisSecond;
        secondNs = nowNs;
        secondObserved = observed;
        lastPerSecond = perSecond;
        pressedThisSecond = false;

        if (calm && budgetPerSecond < wantedPerSecond && nowNs - budgetChangedNs >= budgetHold.ns) {
            budgetPerSecond = Math.min(wantedPerSecond, 2 * budgetPerSecond);
            budgetChangedNs = nowNs;
            budgetHold.relieve(nowNs);
        }
        int enough = powerOfTwo(perSecond / budgetPerSecond);
        if (!calm || enough >= step) {
            spareNs = 0;
            spareStep = 1;
            return;
        }
        spareNs += ns;
        spareStep = Math.max(spareStep, enough);
        if (spareNs >= stepHold.ns) {
            change(spareStep);
            stepHold.relieve(nowNs);
        }
    }

    private void change(int to) {
        step = to;
        changes++;
        spareNs = 0;
        spareStep = 1;
    }

    /** The smallest that is not below. */
    private static int powerOfTwo(double value) {
        int power = 1;
        while (power < value && power < LARGEST_STEP) {
            power <<= 1;
        }
        return power;
    }
}
