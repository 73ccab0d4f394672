// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * How much of the machine others have taken since {@link #start}: a promise of time is for a machine of its own, and a
 * test must tell a slow product from a busy machine.
 */
final class ForeignLoad {
    private static final double MOST = 0.9;

    private final double busy;
    private final double own;
    private final long startNs = System.nanoTime();

    private ForeignLoad(double busy, double own) {
        this.busy = busy;
        this.own = own;
    }

    static ForeignLoad start() {
        return new ForeignLoad(busySeconds(), ownSeconds());
    }

    /** 0 to 0.9 of all CPU time. */
    double share() {
        double seconds =
                (System.nanoTime() - startNs) / 1e9 * Runtime.getRuntime().availableProcessors();
        double foreign = busySeconds() - busy - Math.max(0, ownSeconds() - own);
        return Math.max(0, Math.min(MOST, foreign / seconds));
    }

    /** What a promise becomes on the part of the machine that was left to us. */
    static long stretched(Duration promise, double share) {
        return (long) (promise.toMillis() / (1 - share));
    }

    /** Time in processes, or stolen by the hypervisor; packets are handled in soft interrupts, which are ours. */
    private static double busySeconds() {
        String[] words = read(Path.of("/proc/stat")).get(0).split("\\s+");
        long ticks = 0;
        for (int column : new int[] {1, 2, 3, 8}) { // user, nice, system, steal
            ticks += Long.parseLong(words[column]);
        }
        return ticks / 100.0; // USER_HZ
    }

    private static double ownSeconds() {
        ProcessHandle self = ProcessHandle.current();
        return Stream.concat(Stream.of(self), self.descendants())
                        .flatMap(process -> process.info().totalCpuDuration().stream())
                        .mapToLong(Duration::toMillis)
                        .sum()
                / 1e3;
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
