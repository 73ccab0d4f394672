// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/** The CPUs that are online, as the kernel lists them ({@code 0-3,8}). */
final class OnlineCpus {
    private static final Path LIST = Path.of("/sys/devices/system/cpu/online");

    private final BitSet cpus = new BitSet();

    OnlineCpus(String list) {
        for (String range : list.strip().split(",")) {
            String[] ends = range.split("-");
            cpus.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
        }
    }

    static OnlineCpus ofThisMachine() {
        try {
            return new OnlineCpus(Files.readString(LIST));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + LIST, e);
        }
    }

    boolean contains(int cpu) {
        return cpus.get(cpu);
    }

    int highest() {
        return cpus.length() - 1;
    }
}
