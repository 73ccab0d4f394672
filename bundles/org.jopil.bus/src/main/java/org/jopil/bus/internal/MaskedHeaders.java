// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Privacy;

/**
 * Captured header bytes with pseudonyms: addresses of Ethernet, ARP, IPv4 and IPv6 are put in place, checksums over them
 * become 0, and the bytes end where anything may begin that has an address in it and is not known: options of IP, extension
 * headers, tunnels, what an ICMP error quotes, options of TCP beyond the usual ones. The packet stream's thread; allocates
 * nothing.
 */
final class MaskedHeaders {
    private static final int MAC_BYTES = 6;
    private static final int TAG_BYTES = 4;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int IPV6_ADDRESSES = 8;
    private static final int TCP_BYTES = 20;
    private static final int UDP_BYTES = 8;
    private static final int SCTP_BYTES = 12;
    private static final int ICMP_BYTES = 4;
    private static final int ICMP_ECHO_BYTES = 8;

    private static final int ARP = 0x0806;
    private static final int RARP = 0x8035;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88A8;
    private static final int OLD_SERVICE_VLAN = 0x9100;

    private final Privacy privacy;
    private final long[] hi = new long[1];
    private final long[] lo = new long[1];
    private byte[] bytes;
    private int end;

    MaskedHeaders(Privacy privacy) {
        this.privacy = privacy;
    }

    /**
     * Masks in place.
     *
     * @param from first captured byte
     * @param to behind the last one
     * @param layer3 whether it begins with its IP header
     * @return captured bytes that are left
     */
    int mask(byte[] data, int from, int to, boolean layer3) {
        bytes = data;
        end = to;
        return (layer3 ? ip(from, from) : ethernet(from)) - from;
    }

    private boolean has(int at, int length) {
        return at + length <= end;
    }

    /** Returns where the bytes that are left end, as do those below. What was cut off in an address goes with it. */
    private int ethernet(int from) {
        if (!has(from, 2 * MAC_BYTES)) {
            return from;
        }
        mac(from);
        mac(from + MAC_BYTES);
        int at = from + 2 * MAC_BYTES;
        while (has(at, TAG_BYTES) && isTag(u16(at))) {
            at += TAG_BYTES;
        }
        if (!has(at, 2)) {
            return at;
        }
        int etherType = u16(at);
        at += 2;
        return switch (etherType) {
            case ARP, RARP -> arp(at);
            case IPV4, IPV6 -> ip(at, at);
            default -> at;
        };
    }

    private static boolean isTag(int etherType) {
        return etherType == VLAN || etherType == SERVICE_VLAN || etherType == OLD_SERVICE_VLAN;
    }

    /** Of IPv4 over Ethernet; of anything else nothing is left. */
    private int arp(int at) {
        if (!has(at, 28) || u16(at) != 1 || u16(at + 2) != IPV4 || u16(at + 4) != 0x0604) {
            return at;
        }
        mac(at + 8);
        ipv4(at + 14);
        mac(at + 18);
        ipv4(at + 24);
        return at + 28;
    }

    private int ip(int at, int nothing) {
        if (!has(at, 1)) {
            return nothing;
        }
        return switch (bytes[at] >>> 4 & 15) {
            case 4 -> ipv4Header(at, nothing);
            case 6 -> ipv6Header(at, nothing);
            default -> nothing;
        };
    }

    private int ipv4Header(int at, int nothing) {
        if (!has(at, IPV4_BYTES)) {
            return nothing;
        }
        zero(at + 10);
        ipv4(at + 12);
        ipv4(at + 16);
        int header = (bytes[at] & 15) << 2;
        boolean laterFragment = (u16(at + 6) & 0x1FFF) != 0;
        if (header != IPV4_BYTES || laterFragment) {
            return at + IPV4_BYTES;
        }
        return transport(at + IPV4_BYTES, bytes[at + 9] & 255);
    }

    private int ipv6Header(int at, int nothing) {
        if (!has(at, IPV6_BYTES)) {
            return nothing;
        }
        ipv6(at + IPV6_ADDRESSES);
        ipv6(at + IPV6_ADDRESSES + 2 * Long.BYTES);
        return transport(at + IPV6_BYTES, bytes[at + 6] & 255);
    }

    private int transport(int at, int protocol) {
        return switch (protocol) {
            case Protocols.TCP -> tcp(at);
            case Protocols.UDP, Protocols.UDP_LITE -> fixed(at, UDP_BYTES, 6, 2);
            case Protocols.SCTP -> fixed(at, SCTP_BYTES, 8, 4);
            case Protocols.ICMP -> icmp(at, 0, 8);
            case Protocols.ICMPV6 -> icmp(at, 129, 128);
            default -> at;
        };
    }

    /** A header without addresses; a part of one is left with as much of the checksum as is there. */
    private int fixed(int at, int length, int checksum, int checksumBytes) {
        int until = Math.min(at + length, end);
        for (int i = at + checksum; i < at + checksum + checksumBytes && i < until; i++) {
            bytes[i] = 0;
        }
        return until;
    }

    /** Identifier and sequence of an echo; elsewhere there may be a gateway's address. */
    private int icmp(int at, int echoReply, int echoRequest) {
        int type = has(at, 1) ? bytes[at] & 255 : -1;
        return fixed(at, type == echoReply || type == echoRequest ? ICMP_ECHO_BYTES : ICMP_BYTES, 2, 2);
    }

    private int tcp(int at) {
        int until = fixed(at, TCP_BYTES, 16, 2);
        if (!has(at, TCP_BYTES)) {
            return until;
        }
        int options = Math.min(at + ((bytes[at + 12] >>> 4 & 15) << 2), end);
        while (until < options) {
            int kind = bytes[until] & 255;
            if (kind == 0) {
                return until + 1; // what stands behind the end of the options is no option
            }
            int length = kind == 1 ? 1 : until + 1 < options ? bytes[until + 1] & 255 : 0;
            if (!isUsual(kind) || length < 1 || until + length > options) {
                return until;
            }
            until += length;
        }
        return until;
    }

    /** No operation, MSS, window scale, SACK permitted, SACK, timestamps: of these it is known what is in them. */
    private static boolean isUsual(int kind) {
        return kind >= 1 && kind <= 5 || kind == 8;
    }

    private void mac(int at) {
        long mac = (long) u16(at) << 32 | (long) u16(at + 2) << 16 | u16(at + 4);
        long pseudonym = privacy.hideMac(mac);
        for (int i = 0; i < MAC_BYTES; i++) {
            bytes[at + i] = (byte) (pseudonym >>> 40 - 8 * i);
        }
    }

    private void ipv4(int at) {
        hi[0] = 0;
        lo[0] = Addresses.mapped(u16(at) << 16 | u16(at + 2));
        privacy.hide(hi, lo, 0);
        for (int i = 0; i < Integer.BYTES; i++) {
            bytes[at + i] = (byte) (lo[0] >>> 24 - 8 * i);
        }
    }

    private void ipv6(int at) {
        hi[0] = u64(at);
        lo[0] = u64(at + Long.BYTES);
        privacy.hide(hi, lo, 0);
        for (int i = 0; i < Long.BYTES; i++) {
            bytes[at + i] = (byte) (hi[0] >>> 56 - 8 * i);
            bytes[at + Long.BYTES + i] = (byte) (lo[0] >>> 56 - 8 * i);
        }
    }

    private void zero(int at) {
        bytes[at] = 0;
        bytes[at + 1] = 0;
    }

    private int u16(int at) {
        return (bytes[at] & 255) << 8 | bytes[at + 1] & 255;
    }

    private long u64(int at) {
        return (long) u16(at) << 48 | (long) u16(at + 2) << 32 | (long) u16(at + 4) << 16 | u16(at + 6);
    }
}
