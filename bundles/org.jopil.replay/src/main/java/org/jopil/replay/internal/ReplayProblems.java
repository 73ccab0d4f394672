// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.io.IOException;
import java.util.List;
import org.jopil.api.JopilException;

/** What can go wrong when a replay begins, as a person is told. */
final class ReplayProblems {
    private ReplayProblems() {}

    static JopilException unreadable(String file, IOException e) {
        return new JopilException(
                "JOPIL-142",
                400,
                "Cannot replay " + file,
                "Reading it says: " + e.getMessage()
                        + ". A replay takes pcap and pcapng files, plain or in gzip, that the"
                        + " user of JOPIL may read",
                e);
    }

    static JopilException tooLarge(long mostBytes) {
        return new JopilException(
                "JOPIL-413",
                413,
                "The capture is too large to be uploaded",
                "At most " + mostBytes + " bytes are taken. Replay it from a file of this machine: jopil replay FILE");
    }

    static JopilException watched(List<String> interfaces) {
        String names = String.join(" ", interfaces);
        return new JopilException(
                "JOPIL-143",
                409,
                "The wire is watched: " + String.join(", ", interfaces),
                "An instance shows the wire or a file, never both. Detach first: jopil detach " + names
                        + ". Or replay in an instance of its own: jopil replay FILE --data DIR");
    }

    static JopilException running(String file) {
        return new JopilException(
                "JOPIL-144",
                409,
                "A file is replayed: " + file,
                "An instance shows the wire or a file, never both. Stop the replay first: jopil replay --stop");
    }

    static JopilException notSwitched(Exception e) {
        return new JopilException(
                "JOPIL-145",
                503,
                "The instance cannot be switched over",
                "A component did not stop or start in time, or JOPIL is stopping: jopil logs tells which. Try again",
                e);
    }
}
