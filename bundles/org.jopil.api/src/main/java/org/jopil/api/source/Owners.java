// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Which process has a socket: who created, connected, listened on, wrote to or read from it last, learned in its own context,
 * never guessed from whom a packet interrupted. Any thread.
 */
@ProviderType
public interface Owners {
    /**
     * By the socket's number, a system call a question. Empty if it is not known: the socket is older than JOPIL and was in no process's hands when it looked, or so many
     * others came since.
     *
     * @param socketCookie the kernel's number of the socket, unique while the machine runs; 0 is none
     */
    Optional<Owner> of(long socketCookie);

    /**
     * By the addresses of a packet: whose socket in that namespace sends or gets such packets. Of two here that talk to
     * each other it is the destination's. Sockets are listed anew when it is asked, about once a second at most: a
     * question costs far less than a microsecond. Sockets that were closed in the last seconds count, too.
     *
     * <p>Empty if no process of that namespace has such a socket (forwarded, another machine's, the kernel's own), or
     * several have one and no packet tells which (SO_REUSEPORT).
     *
     * @param namespace as in {@link TcpSource.Connection#namespace}
     * @param ipProtocol one with ports, else it is empty
     * @param srcHi see {@link org.jopil.api.event.Addresses}
     */
    default Optional<Owner> of(
            String namespace,
            int ipProtocol,
            long srcHi,
            long srcLo,
            int srcPort,
            long dstHi,
            long dstLo,
            int dstPort) {
        return receiver(namespace, ipProtocol, srcHi, srcLo, srcPort, dstHi, dstLo, dstPort)
                .or(() -> receiver(namespace, ipProtocol, dstHi, dstLo, dstPort, srcHi, srcLo, srcPort));
    }

    /** The same, the destination's alone; with source and destination in each other's place it is the sender. */
    default Optional<Owner> receiver(
            String namespace,
            int ipProtocol,
            long srcHi,
            long srcLo,
            int srcPort,
            long dstHi,
            long dstLo,
            int dstPort) {
        return Optional.empty();
    }

    /**
     * Sockets of processes that wait for anybody at a port: TCP listeners, and UDP sockets that are not connected. As of a
     * second ago at most. Sockets of the kernel itself (WireGuard, NFS) are not among them.
     *
     * @param namespace as in {@link TcpSource.Connection#namespace}
     * @param ipProtocol IANA number
     * @return empty if sockets cannot be listed here
     */
    default Optional<List<Listener>> listeners(String namespace, int ipProtocol, int port) {
        return Optional.empty();
    }

    /**
     * Who waits at a port.
     *
     * @param ip numeric; unspecified for all addresses
     * @param owner last user of the socket
     */
    record Listener(String ip, int port, Owner owner) {}

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
