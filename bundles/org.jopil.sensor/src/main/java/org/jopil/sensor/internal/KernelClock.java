// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From the kernel's clocks to nanoseconds since the epoch. Any thread reads; one thread calls {@link #recheck}.
 *
 * <p>HZ is not told to programs that know no Kconfig; it is found by running the clock program twice, and must be one of
 * the values that a kernel can be built with.
 */
final class KernelClock {
    private static final Logger LOG = LoggerFactory.getLogger(KernelClock.class);

    private static final int[] HERTZ = {100, 250, 300, 1000};
    /** With this much time between two looks, one jiffy more or less still tells 250 from 300. */
    private static final long CALIBRATION_NS = 120_000_000;
    /** Below, a difference is how long it took to look. */
    private static final long STEP_NS = 1_000_000;

    private static final int LOOKS = 5;

    private final KernelTables.Clocks first;
    private final KernelTables tables;
    /** Kernel's CLOCK_MONOTONIC minus the JVM's: not 0 in a time namespace. */
    private final long namespaceNs;

    private volatile long epochMinusMonoNs;
    private volatile long jiffyNs;

    KernelClock(KernelTables tables) {
        this.tables = tables;
        long before = System.nanoTime();
        first = tables.readClocks();
        long after = System.nanoTime();
        boolean same = first.monoNs() >= before && first.monoNs() <= after;
        namespaceNs = same ? 0 : first.monoNs() - (before + after) / 2;
        epochMinusMonoNs = epochMinusMono();
    }

    private long epochMinusMono() {
        long best = Long.MAX_VALUE;
        long offset = 0;
        for (int i = 0; i < LOOKS; i++) {
            long before = System.nanoTime();
            Instant now = Instant.now();
            long after = System.nanoTime();
            if (after - before < best) {
                best = after - before;
                offset = epochNs(now) - (before + after) / 2;
            }
        }
        return offset - namespaceNs;
    }

    static long epochNs(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }

    static long nowNs() {
        return epochNs(Instant.now());
    }

    /** Follows a clock that was set. */
    void recheck() {
        long measured = epochMinusMono();
        long moved = measured - epochMinusMonoNs;
        if (Math.abs(moved) > STEP_NS) {
            epochMinusMonoNs = measured;
            LOG.warn("JOPIL-180 System clock moved by {} s", moved / 1e9);
        }
    }

    long epochMinusMonoNs() {
        return epochMinusMonoNs;
    }

    long ofMono(long monoNs) {
        return monoNs + epochMinusMonoNs;
    }

    /** When the jiffy was, grain of a jiffy: 1 to 10 ms. */
    long ofJiffies(long jiffies) {
        return first.monoNs() + (jiffies - first.jiffies()) * jiffyNs() + epochMinusMonoNs;
    }

    /** The kernel's HZ. */
    int hertz() {
        return (int) (1_000_000_000L / jiffyNs());
    }

    private long jiffyNs() {
        long known = jiffyNs;
        return known != 0 ? known : calibrate();
    }

    /** Waits until enough time has gone by since the start; once. */
    private synchronized long calibrate() {
        if (jiffyNs == 0) {
            KernelTables.Clocks second = tables.readClocks();
            while (second.monoNs() - first.monoNs() < CALIBRATION_NS) {
                java.util.concurrent.locks.LockSupport.parkNanos(CALIBRATION_NS - (second.monoNs() - first.monoNs()));
                second = tables.readClocks();
            }
            jiffyNs = jiffyNs(second.jiffies() - first.jiffies(), second.monoNs() - first.monoNs());
        }
        return jiffyNs;
    }

    /** The kernel's tick: 1 s / HZ, for the HZ that is nearest to what was measured. */
    static long jiffyNs(long jiffies, long ns) {
        double measured = jiffies * 1e9 / ns;
        int nearest = HERTZ[0];
        for (int hertz : HERTZ) {
            if (Math.abs(hertz - measured) < Math.abs(nearest - measured)) {
                nearest = hertz;
            }
        }
        return 1_000_000_000L / nearest;
    }
}
