// SPDX-License-Identifier: Apache-2.0
package org.jopil.geo.internal;

import org.jopil.api.event.Addresses;

/** Addresses that are in no country because they are in every one: IANA's special-purpose registries (RFC 6890). */
final class SpecialAddresses {
    private SpecialAddresses() {}

    static boolean contains(long hi, long lo) {
        return Addresses.isIpv4(hi, lo) ? ipv4((int) lo) : ipv6(hi, lo);
    }

    private static boolean ipv4(int address) {
        return in(address, 0x0000_0000, 8) // this network
                || in(address, 0x0A00_0000, 8) // private
                || in(address, 0x6440_0000, 10) // shared (RFC 6598)
                || in(address, 0x7F00_0000, 8) // loopback
                || in(address, 0xA9FE_0000, 16) // link-local
                || in(address, 0xAC10_0000, 12) // private
                || in(address, 0xC0A8_0000, 16) // private
                || in(address, 0xE000_0000, 3); // multicast, reserved, broadcast
    }

    private static boolean in(int address, int prefix, int bits) {
        return (address ^ prefix) >>> 32 - bits == 0;
    }

    private static boolean ipv6(long hi, long lo) {
        return hi == 0 && lo >>> 1 == 0 // unspecified, loopback
                || hi >>> 57 == 0x7E // unique local, fc00::/7
                || hi >>> 54 == 0x3FA // link-local, fe80::/10
                || hi >>> 56 == 0xFF; // multicast
    }
}
