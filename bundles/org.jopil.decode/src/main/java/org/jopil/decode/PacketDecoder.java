// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.List;
import org.jopil.api.event.Protocols;

/** Captured bytes to layers. Reads headers only, never payload; stops where a header makes no sense. */
public final class PacketDecoder {
    /** Names of the layers that {@link Layers#get} knows, outermost first. */
    public static final List<String> LAYERS = List.of(
            "eth", "llc", "vlan", "arp", "mpls", "ip", "ipv6", "ah", "esp", "tcp", "udp", "icmp", "icmpv6", "sctp",
            "gre", "vxlan", "geneve");

    private static final int IPV4_IN_IP = 4;
    private static final int IPV6_IN_IP = 41;
    private static final int GRE = 47;
    private static final int ESP = 50;
    private static final int AH = 51;
    private static final int PIM = 103;
    private static final int MPLS_IN_IP = 137;
    private static final int ETHERNET_IN_IP = 143;
    /** A Register message (RFC 7761 section 4.9.3) carries the packet behind its 8 bytes. */
    private static final int PIM_REGISTER = 0x21;

    private static final int PIM_REGISTER_BYTES = 8;

    private PacketDecoder() {}

    /**
     * Decodes one frame.
     *
     * @param data bytes from offset 0
     * @param captured how many of them are valid
     * @param frameBytes length of the whole frame
     * @param acceleratedVlan tag that came beside the frame, TPID in the upper 16 bits, TCI in the lower; 0 = none
     * @param link what the frame starts with
     */
    public static Layers decode(byte[] data, int captured, int frameBytes, int acceleratedVlan, LinkType link) {
        Bytes bytes = new Bytes(data, Math.min(captured, frameBytes));
        Layers layers = new Layers();
        switch (link) {
            case ETHERNET -> ethernet(bytes, 0, frameBytes, acceleratedVlan, layers);
            case RAW -> version(bytes, 0, frameBytes, layers);
            default -> LinkLayers.read(link, bytes, frameBytes, layers);
        }
        return layers;
    }

    static void ethernet(Bytes bytes, int start, int frameEnd, int acceleratedVlan, Layers layers) {
        afterAddresses(
                EthernetLayer.read(bytes, start, acceleratedVlan, layers),
                bytes,
                start + EthernetLayer.BYTES,
                frameEnd,
                layers);
    }

    /** Tags, in whatever order, then what they stand before. */
    private static void afterAddresses(int first, Bytes bytes, int start, int frameEnd, Layers layers) {
        int etherType = first;
        int at = start;
        while (true) {
            int tag = Tags.length(etherType, bytes, at);
            if (tag == 0) {
                network(etherType, bytes, at, frameEnd, layers);
                return;
            }
            boolean vlan = EtherTypes.isVlan(etherType);
            etherType = vlan ? VlanLayer.read(bytes, at, layers) : Tags.next(bytes, at + tag);
            at += tag;
        }
    }

    /** IP by its version nibble. */
    static void version(Bytes bytes, int at, int frameEnd, Layers layers) {
        int etherType = etherTypeByVersion(bytes, at);
        if (etherType == 0) {
            layers.info = "malformed IP";
        } else {
            network(etherType, bytes, at, frameEnd, layers);
        }
    }

    /** 0 if it is neither IPv4 nor IPv6, or was not captured. */
    static int etherTypeByVersion(Bytes bytes, int at) {
        return switch (bytes.has(at, 1) ? bytes.u8(at) >>> 4 : 0) {
            case 4 -> EtherTypes.IPV4;
            case 6 -> EtherTypes.IPV6;
            default -> 0;
        };
    }

    /** What an EtherType leads to; 0 is the length field of IEEE 802.3. {@code frameEnd}: offset of the frame's end. */
    static void network(int etherType, Bytes bytes, int at, int frameEnd, Layers layers) {
        layers.headerEnd = Math.min(at, bytes.length());
        switch (etherType) {
            case EtherTypes.ARP, EtherTypes.RARP -> ArpLayer.read(bytes, at, layers);
            case EtherTypes.IPV4 -> Ipv4Layer.read(bytes, at, frameEnd, layers);
            case EtherTypes.IPV6 -> Ipv6Layer.read(bytes, at, frameEnd, layers);
            case EtherTypes.MPLS, EtherTypes.MPLS_UPSTREAM -> MplsLayer.read(bytes, at, frameEnd, layers);
            case 0 -> LlcLayer.read(bytes, at, frameEnd, layers);
            default -> layers.info =
                    Protocols.name(Protocols.ofEtherType(etherType)) + ", length " + Math.max(0, frameEnd - at);
        }
    }

    /**
     * The layer above IP.
     *
     * @param length bytes from {@code at} to the end of the IP packet
     * @param ip for checksums: which addresses, and whether this is all of the datagram
     */
    static void transport(int protocol, Bytes bytes, int at, int length, PseudoHeader ip, Layers layers) {
        int end = at + length;
        switch (protocol) {
            case Protocols.TCP -> TcpLayer.read(bytes, at, length, ip, layers);
            case Protocols.UDP -> UdpLayer.read(bytes, at, length, ip, layers);
            case Protocols.ICMP -> IcmpLayer.read(bytes, at, length, layers);
            case Protocols.ICMPV6 -> Icmpv6Layer.read(bytes, at, length, layers);
            case Protocols.SCTP -> SctpLayer.read(bytes, at, length, layers);
            case GRE -> GreLayer.read(bytes, at, end, layers);
            case ESP -> EspLayer.read(bytes, at, length, layers);
            case AH -> AhLayer.read(bytes, at, length, ip, layers);
            case IPV4_IN_IP -> carried("IP", EtherTypes.IPV4, bytes, at, end, layers);
            case IPV6_IN_IP -> carried("IP6", EtherTypes.IPV6, bytes, at, end, layers);
            case ETHERNET_IN_IP -> carried("Ethernet", EtherTypes.TRANSPARENT_ETHERNET, bytes, at, end, layers);
            case PIM -> pim(bytes, at, end, layers);
            case MPLS_IN_IP -> carried("MPLS", EtherTypes.MPLS, bytes, at, end, layers);
            default -> layers.info = Protocols.name(protocol) + ", length " + length;
        }
    }

    private static void pim(Bytes bytes, int at, int end, Layers layers) {
        layers.info = "PIM, length " + Math.max(0, end - at);
        int carried = at + PIM_REGISTER_BYTES;
        int etherType = etherTypeByVersion(bytes, carried);
        if (etherType != 0 && bytes.u8(at) == PIM_REGISTER) {
            carried("PIM Register", etherType, bytes, carried, end, layers);
        }
    }

    /** What a tunnel carries; {@code tunnel} goes before its description. */
    static void carried(String tunnel, int etherType, Bytes bytes, int at, int end, Layers layers) {
        layers.info = tunnel + ", length " + Math.max(0, end - at);
        boolean known = etherType == EtherTypes.TRANSPARENT_ETHERNET || EtherTypes.isNetwork(etherType);
        Layers inner = known && bytes.has(at, 1) ? layers.carry() : null;
        if (inner == null) {
            return;
        }
        if (etherType == EtherTypes.TRANSPARENT_ETHERNET) {
            ethernet(bytes, at, end, 0, inner);
        } else {
            network(etherType, bytes, at, end, inner);
        }
        layers.info = tunnel + ": " + inner.info;
    }
}
