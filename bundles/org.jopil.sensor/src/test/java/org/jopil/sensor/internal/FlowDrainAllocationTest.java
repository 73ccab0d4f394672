// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What the counts book costs the heap per change of a flow, on a machine of many interfaces: nothing. */
class FlowDrainAllocationTest {
    private static final int INTERFACES = 1000;
    private static final int UDP = 17;

    @Test
    void shouldAllocateNothingPerChange() {
        FlowDrain drain = new FlowDrain(new KernelCounters(), id -> "none");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        book(drain);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int round = 0; round < 10; round++) {
            book(drain);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(0, allocated, "bytes for " + 10 * INTERFACES + " changes");
    }

    private static void book(FlowDrain drain) {
        for (int id = 0; id < INTERFACES; id++) {
            drain.taken(id, 0, UDP, 1, 60);
        }
    }
}
