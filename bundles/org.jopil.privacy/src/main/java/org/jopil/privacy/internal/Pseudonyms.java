// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.privacy.internal.CryptoPan.Special;

/**
 * Pseudonyms of addresses, and the newest of them: one costs up to 32 blocks of AES in IPv4 and 128 in IPv6, and the
 * addresses of a second are mostly those of the second before. Allocates nothing. One thread.
 */
final class Pseudonyms {
    /** What it would be a lie to show as another one, or another one as it. The docs have the list. */
    static final List<Special> SPECIALS = List.of(
            Special.of("0.0.0.0", 8, 32),
            Special.of("127.0.0.0", 8, 32),
            Special.of("169.254.0.0", 16, 16),
            Special.of("224.0.0.0", 4, 4),
            Special.of("255.255.255.255", 32, 32),
            Special.of("::", 128, 128),
            Special.of("::1", 128, 128),
            // no pseudonym of an IPv6 address looks like one of IPv4
            Special.of("::ffff:0:0", 96, 96),
            Special.of("fe80::", 10, 10),
            // flags and scope of a multicast address stay (RFC 4291 section 2.7)
            Special.of("ff00::", 8, 16));

    /** A power of two. */
    private static final int IPV4_KEPT = 4096;

    private static final int IPV6_KEPT = 2048;
    private static final int MACS_KEPT = 1024;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private static final long MAC_TWEAK = 0x4D41_4300_0000_0000L;
    private static final long GROUP = 1L << 40;
    private static final long LOCAL = 1L << 41;
    private static final long MAC = (1L << 48) - 1;

    private final CryptoPan pan;
    private final int[] ipv4 = new int[IPV4_KEPT];
    private final int[] ipv4Pseudonym = new int[IPV4_KEPT];
    private final long[] ipv6Hi = new long[IPV6_KEPT];
    private final long[] ipv6Lo = new long[IPV6_KEPT];
    private final long[] ipv6PseudonymHi = new long[IPV6_KEPT];
    private final long[] ipv6PseudonymLo = new long[IPV6_KEPT];
    private final long[] macs = new long[MACS_KEPT];
    private final long[] macPseudonyms = new long[MACS_KEPT];

    // an empty place holds address 0, which is its own pseudonym in all three
    Pseudonyms(byte[] key) {
        pan = new CryptoPan(key, SPECIALS);
    }

    void hide(long[] hi, long[] lo, int index) {
        if (Addresses.isIpv4(hi[index], lo[index])) {
            lo[index] = Addresses.mapped(ipv4((int) lo[index]));
        } else {
            ipv6(hi, lo, index);
        }
    }

    /** Each address has two places, so that two which are asked for in turn do not push each other out. */
    private int ipv4(int address) {
        int at = (int) (address * MIX >>> 52);
        if (ipv4[at] == address) {
            return ipv4Pseudonym[at];
        }
        int other = at ^ 1;
        if (ipv4[other] == address) {
            return ipv4Pseudonym[other];
        }
        pan.pseudonym(0, Addresses.mapped(address));
        ipv4[other] = ipv4[at];
        ipv4Pseudonym[other] = ipv4Pseudonym[at];
        ipv4[at] = address;
        ipv4Pseudonym[at] = (int) pan.lo;
        return (int) pan.lo;
    }

    private void ipv6(long[] hi, long[] lo, int index) {
        long first = hi[index];
        long second = lo[index];
        long mixed = (first * MIX ^ second) * MIX;
        int at = (int) ((mixed ^ mixed >>> 32) * MIX >>> 53);
        if (ipv6Hi[at] != first || ipv6Lo[at] != second) {
            int other = at ^ 1;
            if (ipv6Hi[other] == first && ipv6Lo[other] == second) {
                at = other;
            } else {
                newIpv6(first, second, at, other);
            }
        }
        hi[index] = ipv6PseudonymHi[at];
        lo[index] = ipv6PseudonymLo[at];
    }

    private void newIpv6(long first, long second, int at, int other) {
        pan.pseudonym(first, second);
        ipv6Hi[other] = ipv6Hi[at];
        ipv6Lo[other] = ipv6Lo[at];
        ipv6PseudonymHi[other] = ipv6PseudonymHi[at];
        ipv6PseudonymLo[other] = ipv6PseudonymLo[at];
        ipv6Hi[at] = first;
        ipv6Lo[at] = second;
        ipv6PseudonymHi[at] = pan.hi;
        ipv6PseudonymLo[at] = pan.lo;
    }

    long mac(long mac) {
        int at = (int) (mac * MIX >>> 54);
        if (macs[at] != mac) {
            macs[at] = mac;
            macPseudonyms[at] = macPseudonym(mac);
        }
        return macPseudonyms[at];
    }

    /** Groups that are made of an IP address hide that part; the others tell of a protocol, not of a machine. */
    private long macPseudonym(long mac) {
        long code = pan.code(mac, MAC_TWEAK) & MAC;
        if ((mac & GROUP) == 0) {
            return code & ~GROUP | LOCAL;
        }
        if (mac >>> 32 == 0x3333) {
            return mac & 0xFFFF_0000_0000L | code & 0xFFFF_FFFFL;
        }
        if (mac >>> 23 == 0x01005EL << 1) {
            return mac & ~0x7F_FFFFL | code & 0x7F_FFFF;
        }
        return mac;
    }
}
