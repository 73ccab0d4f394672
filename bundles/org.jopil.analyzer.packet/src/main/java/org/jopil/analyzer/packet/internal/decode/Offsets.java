// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal.decode;

/** Single values out of captured Ethernet headers, without allocation: for what every sample is asked. */
public final class Offsets {
    /** Of both MAC addresses, before the type or the outer VLAN tag. */
    public static final int ADDRESSES_BYTES = 12;

    public static final int TAG_BYTES = VlanLayer.BYTES;

    private static final int ETHER_TYPE_OFFSET = ADDRESSES_BYTES;
    private static final int ARP_FIXED_BYTES = 8;
    private static final int MAC_BYTES = 6;
    /** From the sender's protocol address to the target's: the address itself and the target's MAC. */
    public static final int ARP_TARGET_AFTER_SENDER = 4 + MAC_BYTES;

    private Offsets() {}

    /** VLAN id of the tag at {@code depth} in the frame, 0 is the outer one; -1 if there is none. */
    public static int vlanInFrame(byte[] data, int from, int captured, int depth) {
        int at = from + ETHER_TYPE_OFFSET;
        int end = from + captured;
        for (int i = 0; at + 4 <= end && EtherTypes.isVlan(u16(data, at)); i++) {
            if (i == depth) {
                return u16(data, at + 2) & 0xFFF;
            }
            at += VlanLayer.BYTES;
        }
        return -1;
    }

    /** Where ARP's sender address starts, or -1 if this is no ARP for IPv4 over Ethernet or it was not captured whole. */
    public static int arpSender(byte[] data, int from, int captured) {
        int arp = arp(data, from, captured);
        return arp < 0 ? -1 : arp + ARP_FIXED_BYTES + MAC_BYTES;
    }

    private static int arp(byte[] data, int from, int captured) {
        int at = from + ETHER_TYPE_OFFSET;
        int end = from + captured;
        while (at + 2 <= end && EtherTypes.isVlan(u16(data, at))) {
            at += VlanLayer.BYTES;
        }
        int arp = at + 2;
        boolean whole = arp + ARP_FIXED_BYTES + 20 <= end;
        boolean isArp = whole && (u16(data, at) == EtherTypes.ARP || u16(data, at) == EtherTypes.RARP);
        boolean ipv4 =
                isArp && u16(data, arp + 2) == EtherTypes.IPV4 && data[arp + 4] == MAC_BYTES && data[arp + 5] == 4;
        return ipv4 ? arp : -1;
    }

    private static int u16(byte[] data, int at) {
        return (data[at] & 0xFF) << 8 | data[at + 1] & 0xFF;
    }
}
