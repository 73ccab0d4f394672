// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.BitSet;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.filter.internal.Node.Family;

/**
 * Which kinds of packets a filter could match: a kind is a family and, for IP, its protocol. Finds contradictions such as
 * {@code ip and ip6} or {@code tcp and udp}, as libpcap does; one between values ({@code src port 1 and src port 2}) it
 * does not see. Both sets are at least as large as the truth.
 */
final class Kinds {
    /** Of IP without a protocol that could be read. */
    private static final int NO_PROTOCOL = 256;

    private static final int OF_FAMILY = NO_PROTOCOL + 1;
    private static final int IP = 0;
    private static final int IP6 = OF_FAMILY;
    private static final int ARP = 2 * OF_FAMILY;
    private static final int RARP = ARP + 1;
    private static final int OTHER = ARP + 2;
    private static final int COUNT = ARP + 3;

    private final BitSet matching;
    private final BitSet refused;

    private Kinds(BitSet matching, BitSet refused) {
        this.matching = matching;
        this.refused = refused;
    }

    /** Whether there is a packet that the filter could match. */
    static boolean canMatch(Node node) {
        return !of(node).matching.isEmpty();
    }

    private static Kinds of(Node node) {
        if (node instanceof Node.And and) {
            return both(of(and.left()), of(and.right()));
        } else if (node instanceof Node.Or or) {
            return either(of(or.left()), of(or.right()));
        } else if (node instanceof Node.Not not) {
            Kinds inner = of(not.inner());
            return new Kinds(inner.refused, inner.matching);
        } else if (node instanceof Node.Protocol protocol) {
            return exactly(
                    protocol.number() < 0
                            ? family(protocol.family())
                            : protocols(protocol.family(), protocol.number()));
        } else if (node instanceof Node.EtherType type) {
            return atMost(etherType(type.number()));
        } else if (node instanceof Node.Address address) {
            return atMost(address(address));
        } else if (node instanceof Node.Port port) {
            return atMost(
                    port.number() >= 0
                            ? protocols(Family.ANY, port.number())
                            : protocols(Family.ANY, Protocols.TCP, Protocols.UDP, Protocols.SCTP));
        }
        return atMost(all());
    }

    // ---- sets

    private static BitSet all() {
        BitSet kinds = new BitSet(COUNT);
        kinds.set(0, COUNT);
        return kinds;
    }

    private static BitSet family(Family family) {
        BitSet kinds = new BitSet(COUNT);
        switch (family) {
            case ANY -> kinds.set(0, COUNT);
            case IP -> kinds.set(IP, IP + OF_FAMILY);
            case IP6 -> kinds.set(IP6, IP6 + OF_FAMILY);
            case ARP -> kinds.set(ARP);
            case RARP -> kinds.set(RARP);
        }
        return kinds;
    }

    private static BitSet protocols(Family family, int... numbers) {
        BitSet kinds = new BitSet(COUNT);
        for (int number : numbers) {
            kinds.set(IP + number);
            kinds.set(IP6 + number);
        }
        kinds.and(family(family));
        return kinds;
    }

    /** Behind tags, and of frames that only claim to be IP, the EtherType says less than the family. */
    private static BitSet etherType(int number) {
        BitSet kinds =
                switch (number) {
                    case 0x0800 -> family(Family.IP);
                    case 0x86DD -> family(Family.IP6);
                    case 0x0806 -> family(Family.ARP);
                    case 0x8035 -> family(Family.RARP);
                    default -> all();
                };
        kinds.set(OTHER);
        return kinds;
    }

    private static BitSet address(Node.Address address) {
        BitSet kinds = new BitSet(COUNT);
        if (!Addresses.isIpv4(address.hi(), address.lo())) {
            kinds.or(family(Family.IP6));
        }
        // an IPv4 address is a row's as ::ffff:a.b.c.d, which a short IPv6 prefix holds too
        long differs = (address.lo() ^ Addresses.mapped(0)) & address.maskLo() & 0xFFFF_FFFF_0000_0000L;
        if (address.hi() == 0 && differs == 0) {
            kinds.or(family(Family.IP));
            kinds.set(ARP);
            kinds.set(RARP);
        }
        kinds.and(family(address.family()));
        return kinds;
    }

    // ---- joining

    private static Kinds exactly(BitSet matching) {
        BitSet refused = all();
        refused.andNot(matching);
        return new Kinds(matching, refused);
    }

    private static Kinds atMost(BitSet matching) {
        return new Kinds(matching, all());
    }

    private static Kinds both(Kinds a, Kinds b) {
        return new Kinds(intersection(a.matching, b.matching), union(a.refused, b.refused));
    }

    private static Kinds either(Kinds a, Kinds b) {
        return new Kinds(union(a.matching, b.matching), intersection(a.refused, b.refused));
    }

    private static BitSet intersection(BitSet a, BitSet b) {
        BitSet result = (BitSet) a.clone();
        result.and(b);
        return result;
    }

    private static BitSet union(BitSet a, BitSet b) {
        BitSet result = (BitSet) a.clone();
        result.or(b);
        return result;
    }
}
