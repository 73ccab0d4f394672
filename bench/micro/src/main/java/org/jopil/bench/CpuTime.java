// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * CPU time of this process, all threads, over the stretches that a benchmark marks: other load on the machine and the
 * benchmark's own preparations do not count. One thread marks.
 */
public final class CpuTime {
    private static final int CLOCK_PROCESS_CPUTIME_ID = 2;
    private static final Memory TIMESPEC = new Memory(16);
    private static final long TIMESPEC_ADDRESS = Pointer.nativeValue(TIMESPEC);

    private static long startNs;
    private static long markedNs;
    private static long events;

    static {
        Native.register(CpuTime.class, "c");
    }

    private CpuTime() {}

    private static native int clock_gettime(int clock, long timespec);

    public static void begin() {
        startNs = nowNs();
    }

    public static void end(long done) {
        markedNs += nowNs() - startNs;
        events += done;
    }

    private static long nowNs() {
        if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, TIMESPEC_ADDRESS) != 0) {
            throw new IllegalStateException("clock_gettime: errno " + Native.getLastError());
        }
        return TIMESPEC.getLong(0) * 1_000_000_000L + TIMESPEC.getLong(8);
    }

    static void reset() {
        markedNs = 0;
        events = 0;
    }

    /** Per event, since the last reset; NaN if nothing was marked. */
    static double nsPerEvent() {
        return events == 0 ? Double.NaN : (double) markedNs / events;
    }
}
