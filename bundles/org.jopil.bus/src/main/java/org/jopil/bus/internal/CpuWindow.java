// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

/**
 * How busy a thread is: its CPU time over wall time since its oldest mark, ten marks back. It marks at most once a second,
 * so while it hangs the window grows, and an endless loop shows. The thread marks; any thread asks.
 */
final class CpuWindow {
    private static final int MARKS = 10;
    private static final long APART_NS = 1_000_000_000L;

    private final long[] wallNs = new long[MARKS];
    private final long[] cpuNs = new long[MARKS];
    private int marks;
    /** Written by the thread alone. */
    private long dueNs;

    /** Called often: does nothing for most of the time. */
    void mark(long nowNs) {
        if (marks == 0 || nowNs - dueNs >= 0) {
            dueNs = nowNs + APART_NS;
            add(nowNs, ThreadCost.cpuNs(Thread.currentThread()));
        }
    }

    synchronized void add(long nowNs, long usedNs) {
        wallNs[marks % MARKS] = nowNs;
        cpuNs[marks % MARKS] = usedNs;
        marks++;
    }

    /**
     * Percent of one core.
     *
     * @param usedNs CPU time of the thread by now, negative if it is not known
     * @return -1 if it is not known
     */
    synchronized double percent(long nowNs, long usedNs) {
        if (marks == 0 || usedNs < 0) {
            return -1;
        }
        int oldest = marks < MARKS ? 0 : marks % MARKS;
        long wall = nowNs - wallNs[oldest];
        return cpuNs[oldest] < 0 || wall <= 0 ? -1 : Math.max(0, 100.0 * (usedNs - cpuNs[oldest]) / wall);
    }
}
