// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Owners.Listener;
import org.jopil.api.source.Owners.Owner;
import org.jopil.bpf.net.IpAddress;

/**
 * Sockets at one moment, by protocol, local port and remote end. Filled by one thread, then read by any. A question that
 * no socket can answer ends at a bit of its port; none allocates.
 */
final class SocketTable {
    private static final int PORTS = 1 << 16;
    private static final int NONE = -1;

    /**
     * A socket with its owner.
     *
     * @param netns inode of the namespace
     * @param remote of one that is not connected {@link #ANY}, with port 0
     * @param ipv6Only an IPv6 wildcard that takes no IPv4
     * @param waits for anybody: a TCP listener, or a UDP socket that is not connected
     * @param bound to a device: at others it is not meant
     * @param gone closed meanwhile
     */
    record Socket(
            int netns,
            int ipProtocol,
            IpAddress local,
            int localPort,
            IpAddress remote,
            int remotePort,
            boolean ipv6Only,
            boolean waits,
            boolean bound,
            boolean gone,
            Optional<Owner> owner) {}

    static final IpAddress ANY = new IpAddress(0, 0);
    private static final IpAddress ANY_IPV4 = new IpAddress(0, Addresses.mapped(0));

    /** Whether an address is one of a namespace's own. */
    private final BiPredicate<Integer, IpAddress> isLocal;

    private final List<Socket> sockets = new ArrayList<>();
    private final long[] ports = new long[2 * PORTS / Long.SIZE];
    /** Number of the socket + 1; 0 = free. */
    private int[] index = new int[256];

    SocketTable(BiPredicate<Integer, IpAddress> isLocal) {
        this.isLocal = isLocal;
    }

    void add(Socket socket) {
        if (2 * (sockets.size() + 1) > index.length) {
            index = new int[2 * index.length];
            for (int i = 0; i < sockets.size(); i++) {
                place(i);
            }
        }
        sockets.add(socket);
        place(sockets.size() - 1);
        int bit = bit(socket.ipProtocol, socket.localPort);
        ports[bit >> 6] |= 1L << bit;
    }

    private void place(int number) {
        Socket s = sockets.get(number);
        int at = home(s.netns, s.ipProtocol, s.localPort, s.remote.hi(), s.remote.lo(), s.remotePort);
        while (index[at] != 0) {
            at = at + 1 & index.length - 1;
        }
        index[at] = number + 1;
    }

    private int home(int netns, int ipProtocol, int localPort, long remoteHi, long remoteLo, int remotePort) {
        long h = (remoteHi ^ Long.rotateLeft(remoteLo, 32) ^ netns) * 0xBF58_476D_1CE4_E5B9L;
        h = (h ^ h >>> 32 ^ (long) ipProtocol << 32 ^ localPort << 16 ^ remotePort) * 0x94D0_49BB_1331_11EBL;
        return (int) (h >>> 32) & index.length - 1;
    }

    /** All protocols but TCP share the other half. */
    private static int bit(int ipProtocol, int port) {
        return ipProtocol == Protocols.TCP ? port : PORTS + port;
    }

    private boolean usesPort(int ipProtocol, int port) {
        int bit = bit(ipProtocol, port);
        return (ports[bit >> 6] & 1L << bit) != 0;
    }

    /** As {@link org.jopil.api.source.Owners} says. */
    Optional<Owner> receiver(
            int netns, int protocol, long srcHi, long srcLo, int srcPort, long dstHi, long dstLo, int dstPort) {
        return usesPort(protocol, dstPort)
                ? connected(netns, protocol, dstHi, dstLo, dstPort, srcHi, srcLo, srcPort)
                        .or(() -> waiting(netns, protocol, dstHi, dstLo, dstPort))
                : Optional.empty();
    }

    private Optional<Owner> connected(
            int netns,
            int protocol,
            long localHi,
            long localLo,
            int localPort,
            long remoteHi,
            long remoteLo,
            int remotePort) {
        Socket living = null;
        Socket gone = null;
        int mask = index.length - 1;
        for (int at = home(netns, protocol, localPort, remoteHi, remoteLo, remotePort);
                index[at] != 0;
                at = at + 1 & mask) {
            Socket s = sockets.get(index[at] - 1);
            if (s.localPort != localPort
                    || s.remotePort != remotePort
                    || s.netns != netns
                    || s.ipProtocol != protocol
                    || s.remote.lo() != remoteLo
                    || s.remote.hi() != remoteHi
                    || s.local.lo() != localLo
                    || s.local.hi() != localHi) {
                continue;
            }
            if (s.gone) {
                gone = s;
            } else if (living == null) {
                living = s;
            } else if (!living.owner.equals(s.owner)) {
                return Optional.empty();
            }
        }
        return living != null ? living.owner : gone != null ? gone.owner : Optional.empty();
    }

    /** The most special of those that wait there: with that very address before all others, living before gone. */
    private Optional<Owner> waiting(int netns, int protocol, long hi, long lo, int port) {
        Socket best = null;
        int bestRank = NONE;
        boolean several = false;
        int mask = index.length - 1;
        for (int at = home(netns, protocol, port, 0, 0, 0); index[at] != 0; at = at + 1 & mask) {
            Socket s = sockets.get(index[at] - 1);
            if (s.localPort != port || s.netns != netns || s.ipProtocol != protocol || s.remotePort != 0 || !s.waits) {
                continue;
            }
            int rank = rank(s, hi, lo);
            if (rank > bestRank) {
                best = s;
                bestRank = rank;
                several = false;
            } else if (rank == bestRank && rank != NONE && !best.owner.equals(s.owner)) {
                several = true;
            }
        }
        if (best == null || several || best.bound) {
            return Optional.empty();
        }
        boolean named = best.local.lo() == lo && best.local.hi() == hi;
        return named || isLocal.test(netns, new IpAddress(hi, lo)) ? best.owner : Optional.empty();
    }

    private static int rank(Socket s, long hi, long lo) {
        int rank;
        if (s.local.lo() == lo && s.local.hi() == hi) {
            rank = 4;
        } else if (Addresses.isIpv4(hi, lo)
                ? s.local.equals(ANY_IPV4) || s.local.equals(ANY) && !s.ipv6Only
                : s.local.equals(ANY)) {
            rank = 0;
        } else {
            return NONE;
        }
        return rank + (s.bound ? 2 : 0) + (s.gone ? 0 : 1);
    }

    List<Listener> listeners(int netns, int protocol, int port) {
        return sockets.stream()
                .filter(s -> s.waits
                        && !s.gone
                        && s.netns == netns
                        && s.ipProtocol == protocol
                        && s.localPort == port
                        && s.remotePort == 0)
                .map(s -> new Listener(Addresses.text(s.local.hi(), s.local.lo()), port, s.owner.orElseThrow()))
                .toList();
    }
}
