// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Which process has a socket: who created, connected, listened on, wrote to or read from it last, learned in its own context,
 * never guessed from whom a packet interrupted. Any thread; a system call a question.
 */
@ProviderType
public interface Owners {
    /**
     * Empty if it is not known: the socket is older than JOPIL and was in no process's hands when it looked, or so many
     * others came since.
     *
     * @param socketCookie the kernel's number of the socket, unique while the machine runs; 0 is none
     */
    Optional<Owner> of(long socketCookie);

    /**
     * A process.
     *
     * @param pid in the first PID namespace
     * @param command its name, 15 characters at most
     * @param uid in the first user namespace
     * @param cgroupId in the unified hierarchy
     */
    record Owner(int pid, String command, int uid, long cgroupId) {
        /** {@code nginx[812]}. */
        public String text() {
            return command + "[" + pid + "]";
        }
    }
}
