// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** EtherTypes that lead on (IEEE 802 Numbers, IANA). */
final class EtherTypes {
    static final int IPV4 = 0x0800;
    static final int ARP = 0x0806;
    static final int RARP = 0x8035;
    static final int TRANSPARENT_ETHERNET = 0x6558;
    static final int MPLS = 0x8847;
    static final int MPLS_UPSTREAM = 0x8848;
    static final int IPV6 = 0x86DD;
    static final int MACSEC = 0x88E5;
    /** Switches of Arista put a time stamp between the addresses and the EtherType. */
    static final int ARISTA_TIMESTAMP = 0xD28B;
    /** Smaller values are the length of an IEEE 802.3 frame. */
    static final int SMALLEST = 0x0600;

    private EtherTypes() {}

    static boolean isVlan(int etherType) {
        return etherType == 0x8100 || etherType == 0x88A8 || etherType == 0x9100;
    }

    /** Whether it is one that is read further. */
    static boolean isNetwork(int etherType) {
        return switch (etherType) {
            case ARP, RARP, IPV4, IPV6, MPLS, MPLS_UPSTREAM -> true;
            default -> false;
        };
    }

    /** 0 for the length field of IEEE 802.3. */
    static int orLlc(int typeOrLength) {
        return typeOrLength < SMALLEST ? 0 : typeOrLength;
    }
}
