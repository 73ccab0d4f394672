// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The kernel's threads that go on with softirqs when there are too many for between. Found once; not to be seen from
 * another PID namespace than the first.
 */
final class Ksoftirqd {
    private static final Path PROCESSES = Path.of("/proc");
    private static final String NAME = "ksoftirqd/";

    private final Map<Integer, Path> threads = new HashMap<>();

    Ksoftirqd() {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path process : processes) {
                String name = text(process.resolve("comm"));
                if (name.startsWith(NAME) && text(process.resolve("cmdline")).isEmpty()) {
                    threads.put(Integer.parseInt(name.substring(NAME.length())), process.resolve("schedstat"));
                }
            }
        } catch (IOException e) {
            threads.clear(); // without /proc there are no such times
        }
    }

    /** Time that it ran on the CPU since it began, nanoseconds; empty where it is not to be seen. */
    Optional<Long> runNs(int cpu) {
        Path times = threads.get(cpu);
        String text = times == null ? "" : text(times);
        int end = text.indexOf(' ');
        return end < 0 ? Optional.empty() : Optional.of(Long.parseLong(text.substring(0, end)));
    }

    /** Empty if it ended meanwhile. */
    private static String text(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException gone) {
            return "";
        }
    }
}
