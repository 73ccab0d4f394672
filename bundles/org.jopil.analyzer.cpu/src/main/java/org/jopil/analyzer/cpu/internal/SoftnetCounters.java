// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the receive softirq of each CPU gave up, of {@code /proc/net/softnet_stat} (net/core/net-procfs.c), since this was
 * made. The same in every network namespace. One thread.
 */
final class SoftnetCounters {
    private static final Path FILE = Path.of("/proc/net/softnet_stat");
    private static final int DROPPED = 1;
    private static final int SQUEEZED = 2;
    private static final int LENGTH = 11;
    private static final int CPU = 12;

    /**
     * Of one CPU.
     *
     * @param squeezed times it stopped with packets still waiting, since its budget or its time had run out
     * @param dropped packets that found the CPU's backlog full
     * @param length packets in the backlog now
     */
    record Cpu(long squeezed, long dropped, long length) {
        private Cpu plus(Cpu before, Cpu now) {
            return new Cpu(
                    squeezed + difference(before.squeezed, now.squeezed),
                    dropped + difference(before.dropped, now.dropped),
                    now.length);
        }

        /** The kernel's counters have 32 bits. */
        private static long difference(long before, long now) {
            return now - before & 0xFFFF_FFFFL;
        }
    }

    private final Path file;
    private final Map<Integer, Cpu> read = new HashMap<>();
    private final Map<Integer, Cpu> sums = new HashMap<>();

    SoftnetCounters() {
        this(FILE);
    }

    SoftnetCounters(Path file) {
        this.file = file;
        look();
    }

    /** Reads it again. */
    void look() {
        try {
            for (String line : Files.readAllLines(file)) {
                String[] columns = line.strip().split("\\s+");
                if (columns.length > CPU) {
                    take(Integer.parseInt(columns[CPU], 16), of(columns));
                }
            }
        } catch (IOException | NumberFormatException e) {
            sums.clear(); // what cannot be read is not known
            read.clear();
        }
    }

    private static Cpu of(String[] columns) {
        return new Cpu(
                Long.parseLong(columns[SQUEEZED], 16),
                Long.parseLong(columns[DROPPED], 16),
                Long.parseLong(columns[LENGTH], 16));
    }

    private void take(int cpu, Cpu now) {
        Cpu before = read.put(cpu, now);
        sums.merge(cpu, before == null ? new Cpu(0, 0, now.length) : now, (sum, n) -> sum.plus(before, n));
    }

    /** Empty for a CPU that is not online, and where the kernel does not tell. */
    Optional<Cpu> of(int cpu) {
        return Optional.ofNullable(sums.get(cpu));
    }
}
