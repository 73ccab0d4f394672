// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

/**
 * Chooses the sampling step, a power of two. Events have a budget per second, in a bucket that holds one second of it: the
 * step rises at the look that empties the bucket, and falls to what every second of a whole hold time needed. Pressure (a
 * full ring, subscribers that fall behind) halves the budget, which doubles again after each hold time without. A rise
 * soon after a fall doubles the hold time: what comes and goes is met with a step that stays. One thread.
 */
final class SamplingGovernor {
    private static final long LOOK_NS = 20_000_000;
    private static final long SECOND_NS = 1_000_000_000;
    private static final long SHORTEST_HOLD_NS = 2 * SECOND_NS;
    private static final long LONGEST_HOLD_NS = 32 * SECOND_NS;
    /** A rise within this time says that the fall before it came too early. */
    private static final long REGRET_NS = 60 * SECOND_NS;
    /** Time for a smaller budget to show its effect: what waits on the bus has to be read first. */
    private static final long EFFECT_NS = SECOND_NS / 4;
    /** A ring that is so full when the reader comes has little room for the next delay. */
    private static final double FULL = 0.5;

    /** No pressure takes more: enough to watch. */
    private static final long LEAST_PER_SECOND = 100;

    private static final int LARGEST_STEP = 1 << 20;

    private final int wantedPerSecond;
    private int step;
    private long changes;

    /** What pressure leaves of {@link #wantedPerSecond}. */
    private long budgetPerSecond;

    private long budgetChangedNs;
    /** Events that may still come before the step rises; at most a second's budget. */
    private double bucket;

    private long holdNs = SHORTEST_HOLD_NS;
    private long fallNs;
    private boolean regretted = true;

    /** Time in which less than {@link #step} would have done, and the most that was needed in it. */
    private long spareNs;

    private int spareStep = 1;

    private long lookNs;
    private long lookObserved;
    private long lookRingFull;
    private long secondNs;
    private long secondObserved;
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
        boolean pressed = ringFull > lookRingFull || fullest >= FULL || busBehind;
        if (pressed && nowNs - budgetChangedNs >= EFFECT_NS) {
            long eventsPerSecond = (observed - lookObserved) * SECOND_NS / (nowNs - lookNs) / step;
            budget(nowNs, Math.max(LEAST_PER_SECOND, Math.min(budgetPerSecond, eventsPerSecond) / 2));
            needed = Math.max(needed, Math.min(LARGEST_STEP, 2 * step));
        }
        pressedThisSecond |= pressed;
        lookNs = nowNs;
        lookObserved = observed;
        lookRingFull = ringFull;
        if (needed > step) {
            rise(nowNs, needed);
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

    private void budget(long nowNs, long perSecond) {
        budgetPerSecond = Math.min(wantedPerSecond, perSecond);
        budgetChangedNs = nowNs;
    }

    private void rise(long nowNs, int needed) {
        if (!regretted) {
            holdNs = nowNs - fallNs < REGRET_NS ? Math.min(LONGEST_HOLD_NS, 2 * holdNs) : SHORTEST_HOLD_NS;
            regretted = true;
        }
        change(needed);
    }

    private void second(long nowNs, long observed) {
        long ns = nowNs - secondNs;
        double perSecond = (observed - secondObserved) * (double) SECOND_NS / ns;
        boolean calm = !pressedThisSecond;
        secondNs = nowNs;
        secondObserved = observed;
        pressedThisSecond = false;

        if (calm && budgetPerSecond < wantedPerSecond && nowNs - budgetChangedNs >= holdNs) {
            budget(nowNs, 2 * budgetPerSecond);
        }
        int enough = powerOfTwo(perSecond / budgetPerSecond);
        if (!calm || enough >= step) {
            spareNs = 0;
            spareStep = 1;
            return;
        }
        spareNs += ns;
        spareStep = Math.max(spareStep, enough);
        if (spareNs >= holdNs) {
            change(spareStep);
            fallNs = nowNs;
            regretted = false;
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
