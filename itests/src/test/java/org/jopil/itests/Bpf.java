// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a process holds in the kernel, seen from outside. */
final class Bpf {
    private Bpf() {}

    /** Open file descriptors of BPF programs. */
    static long programs(long pid) {
        return count(pid, "bpf-prog");
    }

    static long maps(long pid) {
        return count(pid, "bpf-map");
    }

    private static long count(long pid, String kind) {
        try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return fds.filter(fd -> target(fd).contains(kind)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path fd) {
        try {
            return Files.readSymbolicLink(fd).toString();
        } catch (IOException e) {
            return ""; // closed in between
        }
    }

    /** Programs of ours in the whole kernel, by {@code bpftool}. */
    static long ours() {
        String programs = Command.run("bpftool", "prog", "show").orFail().out();
        return programs.lines().filter(line -> line.contains(" name jopil")).count();
    }
}
