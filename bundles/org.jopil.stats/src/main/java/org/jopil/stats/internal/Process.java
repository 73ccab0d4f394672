// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Processor time and memory of this process, from /proc. One thread. */
final class Process {
    /** The kernel tells processor time in ticks of 10 ms: over ten seconds that is a grain of 0.1 %. */
    private static final int WINDOW = 10;

    private record Mark(long wallNs, Duration cpu) {}

    private final Deque<Mark> marks = new ArrayDeque<>();
    private final Path status;

    Process(Path status) {
        this.status = status;
    }

    /** Of one core, mean of the last ten calls; empty at the first. */
    Optional<Double> cpuPercent() {
        Optional<Duration> cpu = ProcessHandle.current().info().totalCpuDuration();
        if (cpu.isEmpty()) {
            return Optional.empty();
        }
        Mark now = new Mark(System.nanoTime(), cpu.get());
        marks.addLast(now);
        if (marks.size() > WINDOW + 1) {
            marks.removeFirst();
        }
        Mark first = marks.getFirst();
        long wallNs = now.wallNs - first.wallNs;
        return wallNs <= 0
                ? Optional.empty()
                : Optional.of(100.0 * now.cpu.minus(first.cpu).toNanos() / wallNs);
    }

    Optional<Long> rssBytes() {
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmRSS:")) {
                    return Optional.of(Long.parseLong(line.replaceAll("\\D", "")) * 1024);
                }
            }
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }
}
