// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** From monotonic clocks to nanoseconds since the epoch. Any thread. */
public final class EpochClock {
    private static final Path OFFSETS = Path.of("/proc/self/timens_offsets");
    private static final int LOOKS = 5;

    /** Below, a difference is how long it took to look, or how the clock is slewed. */
    private static final long STEP_NS = 1_000_000;

    private EpochClock() {}

    /** What to add to {@link System#nanoTime}: the best of a few looks. Another one each time the clock is set. */
    public static long minusNanoTime() {
        long best = Long.MAX_VALUE;
        long offset = 0;
        for (int i = 0; i < LOOKS; i++) {
            long before = System.nanoTime();
            Instant now = Instant.now();
            long after = System.nanoTime();
            if (after - before < best) {
                best = after - before;
                offset = ns(now) - (before + after) / 2;
            }
        }
        return offset;
    }

    /** What to add to the kernel's CLOCK_MONOTONIC, which is another than the JVM's in a time namespace. */
    public static long minusKernelMono() {
        return minusNanoTime() + namespaceNs();
    }

    /**
     * An offset of {@link #minusKernelMono} for as long as nobody sets the clock: two looks differ by some hundred ns, which
     * must not come between the hooks of a packet.
     */
    public static long followed(long knownNs) {
        long measured = minusKernelMono();
        return Math.abs(measured - knownNs) > STEP_NS ? measured : knownNs;
    }

    /** JVM's CLOCK_MONOTONIC minus the kernel's: {@code monotonic SECONDS NANOSECONDS}, Linux 5.6. */
    private static long namespaceNs() {
        try {
            for (String line : Files.readAllLines(OFFSETS)) {
                String[] words = line.strip().split("\\s+");
                if (words[0].equals("monotonic")) {
                    return Long.parseLong(words[1]) * 1_000_000_000L + Long.parseLong(words[2]);
                }
            }
        } catch (IOException noTimeNamespaces) {
            return 0;
        }
        return 0;
    }

    public static long ns(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }
}
