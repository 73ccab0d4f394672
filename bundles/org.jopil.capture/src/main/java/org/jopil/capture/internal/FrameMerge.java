// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.RingReader;

/**
 * Puts the CPUs' frames in one order, by their times. A frame is handed on when every ring was empty at a moment that is
 * later than its time, and the time that a program needs from its clock to its submit. One thread.
 */
final class FrameMerge implements RingReader.Handler {
    /** From a program's clock to its submit, with an interrupt of the machine in between. */
    static final long SETTLED_NS = 2_000_000;

    private final CpuFrames[] cpus;

    /** Gets the frames; must not keep them. */
    @FunctionalInterface
    interface Sink {
        /** Whether it took the frame; if not, the frame stays, and none follows. */
        boolean frame(int cpu, CpuFrames oldest);
    }

    FrameMerge(int possibleCpus) {
        cpus = new CpuFrames[possibleCpus];
        for (int cpu = 0; cpu < possibleCpus; cpu++) {
            cpus[cpu] = new CpuFrames();
        }
    }

    @Override
    public void record(int cpu, MappedRegion data, long at, int length) {
        if (length >= Layout.CAPTURE_EVENT_SIZE) {
            cpus[cpu].add(data, at);
        }
    }

    /** Throws away what waits; returns how many. */
    long discard() {
        long discarded = 0;
        for (CpuFrames each : cpus) {
            while (!each.isEmpty()) {
                each.remove();
                discarded++;
            }
        }
        return discarded;
    }

    /** Bytes that wait. */
    long size() {
        long size = 0;
        for (CpuFrames each : cpus) {
            size += each.size();
        }
        return size;
    }

    /**
     * Hands on the frames that are older than this.
     *
     * @param untilNs as their times; {@link Long#MAX_VALUE} for all
     */
    void emit(long untilNs, Sink sink) {
        while (true) {
            int oldest = oldest();
            if (oldest < 0 || cpus[oldest].timestampNs() >= untilNs) {
                return;
            }
            if (!sink.frame(oldest, cpus[oldest])) {
                return;
            }
            cpus[oldest].remove();
        }
    }

    private int oldest() {
        int oldest = -1;
        long oldestNs = Long.MAX_VALUE;
        for (int cpu = 0; cpu < cpus.length; cpu++) {
            if (!cpus[cpu].isEmpty() && cpus[cpu].timestampNs() < oldestNs) {
                oldest = cpu;
                oldestNs = cpus[cpu].timestampNs();
            }
        }
        return oldest;
    }
}
