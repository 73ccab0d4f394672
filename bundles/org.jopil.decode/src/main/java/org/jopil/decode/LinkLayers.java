// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** Link layers that only captures of others have; of their own headers nothing is told but where the next one starts. */
final class LinkLayers {
    private static final int SLL_BYTES = 16;
    private static final int SLL2_BYTES = 20;
    private static final int IPNET_BYTES = 24;
    private static final int INFINIBAND_ADDRESS_BYTES = 40;
    private static final int MOST_FRAME_RELAY_BYTES = 4;
    private static final int LAST_ADDRESS_BYTE = 1;
    private static final int NLPID_IPV4 = 0xCC;
    private static final int NLPID_IPV6 = 0x8E;
    private static final int NLPID_SNAP = 0x80;
    private static final int UNNUMBERED = 0x03;
    private static final int SNAP_BYTES = 5;
    private static final int BRIDGED = 0x0080C2;
    private static final int BRIDGED_WITH_FCS = 1;
    private static final int BRIDGED_WITHOUT_FCS = 7;
    private static final int NFULA_PAYLOAD = 9;

    private LinkLayers() {}

    static void read(LinkType link, Bytes bytes, int end, Layers layers) {
        switch (link) {
            case NULL, LOOP -> family(bytes, end, layers);
            case IPV4 -> PacketDecoder.network(EtherTypes.IPV4, bytes, 0, end, layers);
            case IPV6 -> PacketDecoder.network(EtherTypes.IPV6, bytes, 0, end, layers);
            case LINUX_SLL -> type(14, SLL_BYTES, bytes, end, layers);
            case LINUX_SLL2 -> type(0, SLL2_BYTES, bytes, end, layers);
            case C_HDLC -> cisco(bytes, end, layers);
            case IPNET -> version(IPNET_BYTES, bytes, end, layers);
            case INFINIBAND -> type(INFINIBAND_ADDRESS_BYTES, INFINIBAND_ADDRESS_BYTES + 4, bytes, end, layers);
            case PPP, PPP_PPPD -> ppp(bytes, end, layers);
            case NETFILTER_LOG -> netfilterLog(bytes, end, layers);
            case FRAME_RELAY -> frameRelay(bytes, end, layers);
            default -> throw new IllegalArgumentException(link.name());
        }
    }

    /** An EtherType at {@code typeAt}, what it says at {@code next}. */
    private static void type(int typeAt, int next, Bytes bytes, int end, Layers layers) {
        if (!bytes.has(typeAt, 2)) {
            return;
        }
        int etherType = bytes.u16(typeAt);
        int at = next;
        while (EtherTypes.isVlan(etherType)) {
            etherType = VlanLayer.read(bytes, at, layers);
            at += VlanLayer.BYTES;
        }
        ethernetType(etherType, bytes, at, end, layers);
    }

    private static void version(int at, Bytes bytes, int end, Layers layers) {
        if (bytes.has(at, 1)) {
            PacketDecoder.version(bytes, at, end, layers);
        }
    }

    /** Cisco HDLC; what elsewhere is RARP is SLARP there. */
    private static void cisco(Bytes bytes, int end, Layers layers) {
        if (bytes.has(2, 2) && bytes.u16(2) == EtherTypes.RARP) {
            layers.info = "SLARP, length " + (end - 4);
        } else {
            type(2, 4, bytes, end, layers);
        }
    }

    /** An address family in the byte order of the host that wrote it, or of the network. */
    private static void family(Bytes bytes, int end, Layers layers) {
        if (!bytes.has(0, 4)) {
            return;
        }
        long word = bytes.u32(0);
        int family = (int) (word > 0xFFFF ? Integer.reverseBytes((int) word) : word);
        switch (family) {
            case 2 -> PacketDecoder.network(EtherTypes.IPV4, bytes, 4, end, layers);
            case 10, 24, 28, 30 -> PacketDecoder.network(EtherTypes.IPV6, bytes, 4, end, layers);
            default -> layers.info = "address family " + family;
        }
    }

    /** RFC 1661, with the address and control fields of RFC 1662 if they are there, the protocol in one byte or two. */
    private static void ppp(Bytes bytes, int end, Layers layers) {
        int at = bytes.has(0, 2) && bytes.u16(0) == 0xFF03 ? 2 : 0;
        if (!bytes.has(at, 2)) {
            return;
        }
        boolean compressed = (bytes.u8(at) & 1) == 1;
        int protocol = compressed ? bytes.u8(at) : bytes.u16(at);
        at += compressed ? 1 : 2;
        switch (protocol) {
            case 0x0021 -> PacketDecoder.network(EtherTypes.IPV4, bytes, at, end, layers);
            case 0x0057 -> PacketDecoder.network(EtherTypes.IPV6, bytes, at, end, layers);
            case 0x0281 -> PacketDecoder.network(EtherTypes.MPLS, bytes, at, end, layers);
            default -> layers.info = "PPP protocol " + Fields.hex(protocol, 4);
        }
    }

    /** RFC 2427: the address, an unnumbered frame, then an NLPID; or an EtherType as Cisco writes it. */
    private static void frameRelay(Bytes bytes, int end, Layers layers) {
        int at = 0;
        while (bytes.has(at, 1) && at < MOST_FRAME_RELAY_BYTES && (bytes.u8(at) & LAST_ADDRESS_BYTE) == 0) {
            at++;
        }
        at++;
        if (!bytes.has(at, 3)) {
            return;
        }
        if (bytes.u8(at) != UNNUMBERED) {
            ethernetType(bytes.u16(at), bytes, at + 2, end, layers);
            return;
        }
        at += bytes.u8(at + 1) == 0 ? 2 : 1;
        int nlpid = bytes.has(at, 1) ? bytes.u8(at) : 0;
        at++;
        layers.info = "NLPID " + Fields.hex(nlpid, 2);
        switch (nlpid) {
            case NLPID_IPV4 -> PacketDecoder.network(EtherTypes.IPV4, bytes, at, end, layers);
            case NLPID_IPV6 -> PacketDecoder.network(EtherTypes.IPV6, bytes, at, end, layers);
            case NLPID_SNAP -> snap(bytes, at, end, layers);
            default -> {}
        }
    }

    private static void snap(Bytes bytes, int at, int end, Layers layers) {
        if (!bytes.has(at, SNAP_BYTES)) {
            return;
        }
        int organization = bytes.u8(at) << 16 | bytes.u16(at + 1);
        int type = bytes.u16(at + 3);
        if (organization == 0) {
            ethernetType(type, bytes, at + SNAP_BYTES, end, layers);
        } else if (organization == BRIDGED && (type == BRIDGED_WITH_FCS || type == BRIDGED_WITHOUT_FCS)) {
            PacketDecoder.ethernet(bytes, at + SNAP_BYTES, end, 0, layers);
        }
    }

    private static void ethernetType(int type, Bytes bytes, int at, int end, Layers layers) {
        PacketDecoder.network(type < EtherTypes.SMALLEST ? -1 : type, bytes, at, end, layers);
    }

    /** A header of 4 bytes, then attributes of netlink in the byte order of the host; the payload is one of them. */
    private static void netfilterLog(Bytes bytes, int end, Layers layers) {
        int at = 4;
        while (bytes.has(at, 4)) {
            int length = bytes.u8(at) | bytes.u8(at + 1) << 8;
            int type = bytes.u8(at + 2) | bytes.u8(at + 3) << 8;
            if (length < 4) {
                return;
            }
            if (type == NFULA_PAYLOAD) {
                version(at + 4, bytes, Math.min(end, at + length), layers);
                return;
            }
            at += length + 3 & ~3;
        }
    }
}
