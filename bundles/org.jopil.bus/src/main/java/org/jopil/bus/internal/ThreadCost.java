// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** What a thread used so far. */
final class ThreadCost {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private ThreadCost() {}

    /** Nanoseconds, -1 if the thread has ended or the JVM does not tell. */
    static long cpuNs(Thread thread) {
        if (!THREADS.isThreadCpuTimeSupported()) {
            return -1;
        }
        // asked by its id, a thread costs the heap two arrays
        return thread == Thread.currentThread()
                ? THREADS.getCurrentThreadCpuTime()
                : THREADS.getThreadCpuTime(thread.getId());
    }

    /** Bytes, -1 if the thread has ended or the JVM does not tell. */
    static long allocatedBytes(Thread thread) {
        return THREADS instanceof com.sun.management.ThreadMXBean hotspot
                ? hotspot.getThreadAllocatedBytes(thread.getId())
                : -1;
    }
}
