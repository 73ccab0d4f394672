// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.jopil.testkit.Capture;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.Test;

class RecentPacketsAllocationTest {
    private static final int ROUNDS = 200;

    @Test
    void shouldAllocateNothingPerSample() throws Exception {
        Capture real = Captures.read(Path.of(System.getProperty("jopil.pcaps"), "ndpi_skype.pcap"));
        RecentPackets packets = new RecentPackets(
                5_000, new OwnSessions(8181, 8101, "", "", new NothingHidden()), NumaNodes.ofThisMachine());
        CaptureBatch batch = new CaptureBatch(real, 0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < ROUNDS; i++) {
            packets.onPackets(batch);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) {
            packets.onPackets(batch);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(0, allocated, "bytes for " + ROUNDS * batch.size() + " samples");
    }
}
