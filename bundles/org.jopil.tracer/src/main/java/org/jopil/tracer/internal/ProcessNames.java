// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names of processes by their number in the first PID namespace. Any thread. */
final class ProcessNames {
    private static final Path OWN = Path.of("/proc/self/ns/pid");
    private static final String FIRST = "pid:[4026531836]"; // PROC_PID_INIT_INO, since Linux 3.8

    /** In another PID namespace /proc has other processes at these numbers. */
    private final boolean reachable = isFirst();

    private static boolean isFirst() {
        try {
            return Files.readSymbolicLink(OWN).toString().equals(FIRST);
        } catch (IOException e) {
            return false;
        }
    }

    /** Empty if it has ended, or cannot be seen from here. */
    String of(int pid) {
        if (!reachable || pid == 0) {
            return "";
        }
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        } catch (IOException ended) {
            return "";
        }
    }

    /** Whether it is known to have ended. */
    boolean hasEnded(int pid) {
        return reachable && pid != 0 && !Files.exists(Path.of("/proc/" + pid));
    }
}
