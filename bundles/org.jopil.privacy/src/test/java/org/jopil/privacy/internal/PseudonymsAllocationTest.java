// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.Privacy.Level;
import org.junit.jupiter.api.Test;

/** Neither a pseudonym that is known nor one that is made allocates; what both cost is printed. */
class PseudonymsAllocationTest {
    private static final int ROUND = 20_000;
    private static final int SAME = 64;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final PrivacyService privacy = new PrivacyService(null, Level.ADDRESSES_MASKED, () -> null);
    private final long[] hi = new long[1];
    private final long[] lo = new long[1];
    private int number;

    private void hide(boolean ipv6, int of) {
        hi[0] = ipv6 ? 0x2001_0DB8_0000_0000L : 0;
        lo[0] = ipv6 ? of * 0x9E37_79B9_7F4A_7C15L : Addresses.mapped(0xC000_0000 | of * 0x9E37_79B9 >>> 3);
        privacy.hide(hi, lo, 0);
    }

    private void round(boolean ipv6, boolean known) {
        for (int i = 0; i < ROUND; i++) {
            hide(ipv6, known ? i % SAME : ++number);
        }
    }

    @Test
    void shouldAllocateNothingForMacAddresses() {
        long thread = Thread.currentThread().getId();
        long before = 0;
        for (int mac = 1; mac <= 2 * ROUND; mac++) {
            if (mac == ROUND) {
                before = threads.getThreadAllocatedBytes(thread);
            }
            privacy.hideMac(mac);
        }
        assertEquals(0L, (threads.getThreadAllocatedBytes(thread) - before) / ROUND);
    }

    @Test
    void shouldAllocateNothing() {
        for (boolean ipv6 : new boolean[] {false, true}) {
            for (boolean known : new boolean[] {true, false}) {
                for (int i = 0; i < 20; i++) {
                    round(ipv6, known);
                }
                long thread = Thread.currentThread().getId();
                long before = threads.getThreadAllocatedBytes(thread);
                long begin = System.nanoTime();
                round(ipv6, known);
                long took = System.nanoTime() - begin;
                long allocated = threads.getThreadAllocatedBytes(thread) - before;
                // the reading itself allocates a little now and then
                assertEquals(0L, allocated / ROUND);
                System.out.printf("an IPv%d address, %s: %d ns%n", ipv6 ? 6 : 4, known ? "known" : "new", took / ROUND);
            }
        }
    }
}
