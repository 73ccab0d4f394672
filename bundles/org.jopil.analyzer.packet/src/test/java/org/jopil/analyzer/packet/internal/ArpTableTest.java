// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ArpTableTest {
    private static final long START_NS = 1_000_000_000_000L;

    private final ArpTable table = new ArpTable();

    private int[] rows() {
        return IntStream.range(0, ArpTable.CAPACITY)
                .filter(slot -> table.lastSeenNs[slot] != 0)
                .toArray();
    }

    private long conflicts() {
        return IntStream.of(rows()).filter(table::isConflict).count();
    }

    @Test
    void shouldCallItAConflictForFiveMinutes() {
        table.claim(1, 0, 7, 0xA, START_NS);
        table.claim(1, 0, 7, 0xB, START_NS + ArpTable.CONFLICT_NS + 1);
        assertEquals(0, conflicts(), "the address went to another one");
        table.claim(1, 0, 7, 0xA, START_NS + 2 * ArpTable.CONFLICT_NS);
        assertEquals(1, conflicts());
        table.claim(1, 0, 7, 0xA, START_NS + 4 * ArpTable.CONFLICT_NS);
        assertEquals(0, conflicts(), "the other one is silent since");
        assertEquals(1, rows().length);
    }

    @Test
    void shouldKnowItAlthoughTwoCpusTellOutOfOrder() {
        table.claim(1, 0, 7, 0xA, START_NS + 5);
        table.claim(1, 0, 7, 0xB, START_NS);
        assertEquals(1, conflicts());
    }

    @Test
    void shouldKeepInterfacesApart() {
        table.claim(1, 0, 7, 0xA, START_NS);
        table.claim(2, 0, 7, 0xB, START_NS);
        assertEquals(2, rows().length);
        assertEquals(0, conflicts());
    }

    @Test
    void shouldForgetTheOldestAndCountWhatItForgetsEarly() {
        for (int ip = 1; ip <= 3 * ArpTable.CAPACITY; ip++) {
            table.claim(1, 0, ip, 0xA, START_NS + ip);
        }
        assertEquals(3L * ArpTable.CAPACITY, rows().length + table.forgotten());
        assertTrue(rows().length > ArpTable.CAPACITY * 9 / 10, () -> rows().length + " rows");
        long before = table.forgotten();
        for (int ip = 1; ip <= ArpTable.CAPACITY; ip++) {
            table.claim(3, 0, ip, 0xA, START_NS + 10 * ArpTable.CONFLICT_NS);
        }
        long early = table.forgotten() - before;
        assertTrue(
                early < ArpTable.CAPACITY / 4, () -> early + " forgotten early, though the old ones are out of time");
    }

    @Test
    void shouldHoldANetworkOfAThousand() {
        for (int ip = 1; ip <= 1024; ip++) {
            table.claim(1, 0, 0xC0A8_0000 + ip, 0xA, START_NS);
        }
        assertEquals(1024, rows().length);
        assertEquals(0, table.forgotten());
    }

    @Test
    void shouldAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int round = 0; round < 50; round++) {
            claimMany();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        claimMany();
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(0, allocated);
    }

    private void claimMany() {
        for (int ip = 1; ip <= 100_000; ip++) {
            table.claim(1, 0, ip, ip, START_NS);
        }
    }
}
