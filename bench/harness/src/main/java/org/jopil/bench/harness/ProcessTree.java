// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import com.sun.jna.Native;
import com.sun.jna.ptr.IntByReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What a process and its living descendants cost, from the kernel's own accounts: CPU time with the grain of a nanosecond
 * (clock_getcpuclockid(3), threads that ended included) and resident memory.
 */
final class ProcessTree {
    private static final Path PROC = Path.of("/proc");

    private ProcessTree() {}

    /** CPU ns, user and system. */
    static long cpuNs(ProcessHandle root) {
        return tree(root).mapToLong(handle -> cpuNs(handle.pid())).sum();
    }

    /** Resident bytes. */
    static long rssBytes(ProcessHandle root) {
        return tree(root)
                .mapToLong(handle ->
                        number(PROC.resolve(handle.pid() + "/status"), "VmRSS:").orElse(0) * 1024)
                .sum();
    }

    /** How often the threads of this name gave up the CPU to wait: once for every time that somebody woke them. */
    static long waits(ProcessHandle root, String threadName) {
        return tree(root)
                .flatMap(handle -> list(PROC.resolve(handle.pid() + "/task")))
                .filter(task -> threadName.equals(text(task.resolve("comm")).strip()))
                .mapToLong(task -> number(task.resolve("status"), "voluntary_ctxt_switches:")
                        .orElse(0))
                .sum();
    }

    /** CPU ns of the kernel's threads that do softirq work which found no other thread to run in. */
    static long softirqNs() {
        return list(PROC)
                .filter(process -> text(process.resolve("comm")).startsWith("ksoftirqd/"))
                .map(process -> text(process.resolve("schedstat")))
                .filter(line -> !line.isEmpty())
                .mapToLong(line -> Long.parseLong(line.split(" ", -1)[0]))
                .sum();
    }

    private static Stream<ProcessHandle> tree(ProcessHandle root) {
        return Stream.concat(Stream.of(root), root.descendants());
    }

    private static long cpuNs(long pid) {
        IntByReference clock = new IntByReference();
        long[] time = new long[2]; // struct timespec
        boolean lives =
                LibC.clock_getcpuclockid((int) pid, clock) == 0 && LibC.clock_gettime(clock.getValue(), time) == 0;
        return lives ? time[0] * 1_000_000_000 + time[1] : 0;
    }

    /** The number behind a label in a file of /proc; empty when the process has ended. */
    static OptionalLong number(Path file, String label) {
        return text(file)
                .lines()
                .filter(line -> line.startsWith(label))
                .mapToLong(line ->
                        Long.parseLong(line.substring(label.length()).strip().split(" ", -1)[0]))
                .findFirst();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException gone) {
            return "";
        }
    }

    private static Stream<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList().stream();
        } catch (NoSuchFileException gone) {
            return Stream.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class LibC {
        static {
            Native.register("c");
        }

        static native int clock_getcpuclockid(int pid, IntByReference clock);

        static native int clock_gettime(int clock, long[] time);
    }
}
