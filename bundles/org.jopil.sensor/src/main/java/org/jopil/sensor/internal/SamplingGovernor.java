// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

/**
 * Chooses the sampling step: a power of two, raised at once when there would be more events than wanted, lowered one at a
 * time after a quiet while, so that it does not swing. One thread.
 */
final class SamplingGovernor {
    /** Shorter looks would take a burst for a rate. */
    private static final long WINDOW_NS = 20_000_000;

    private static final long QUIET_NS = 2_000_000_000L;
    private static final int LARGEST_STEP = 1 << 20;

    private final int wantedPerSecond;
    private int step;
    private long lastNs;
    private long lastObserved;
    private long lastRingFull;
    private long quietSinceNs;
    private long smoothed;

    /** With 0 wanted there are no events at all. */
    SamplingGovernor(int wantedPerSecond, long nowNs, long observed, long ringFull) {
        this.wantedPerSecond = wantedPerSecond;
        this.step = wantedPerSecond == 0 ? 0 : 1;
        this.lastNs = nowNs;
        this.lastObserved = observed;
        this.lastRingFull = ringFull;
        this.quietSinceNs = nowNs;
    }

    int step() {
        return step;
    }

    boolean isDue(long nowNs) {
        return nowNs - lastNs >= WINDOW_NS;
    }

    /**
     * Looks again.
     *
     * @param observed cumulative observations of all sensors
     * @param ringFull cumulative events lost to a full ring: the reader is behind, whatever the rate
     */
    void look(long nowNs, long observed, long ringFull) {
        if (wantedPerSecond == 0 || !isDue(nowNs)) {
            return;
        }
        long perSecond = (long) ((observed - lastObserved) * 1e9 / (nowNs - lastNs));
        smoothed = perSecond > smoothed ? (smoothed + perSecond) / 2 : smoothed - (smoothed - perSecond) / 8;
        boolean behind = ringFull > lastRingFull;
        lastNs = nowNs;
        lastObserved = observed;
        lastRingFull = ringFull;
        int needed = stepFor(smoothed);
        if (behind) {
            needed = Math.max(needed, Math.min(LARGEST_STEP, step * 2));
        }
        if (needed > step) {
            step = needed;
            quietSinceNs = nowNs;
        } else if (step > 1 && smoothed * 5 < (long) wantedPerSecond * (step / 2) * 4) {
            if (nowNs - quietSinceNs >= QUIET_NS || needed * 8L <= step) {
                step /= 2;
            }
        } else {
            quietSinceNs = nowNs;
        }
    }

    private int stepFor(long perSecond) {
        int wanted = 1;
        while (wanted < LARGEST_STEP && perSecond > (long) wantedPerSecond * wanted) {
            wanted <<= 1;
        }
        return wanted;
    }
}
