// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal.decode;

import java.util.List;
import org.jopil.api.event.Protocols;

/** Captured header bytes to layers. Reads headers only, never payload; stops where a header makes no sense. */
public final class HeaderDecoder {
    /** Names of the layers that {@link Layers#get} knows, outermost first. */
    public static final List<String> LAYERS =
            List.of("eth", "vlan", "arp", "ip", "ipv6", "tcp", "udp", "icmp", "icmpv6", "sctp");

    private HeaderDecoder() {}

    /**
     * Decodes one frame.
     *
     * @param data header bytes from offset 0
     * @param captured how many of them are valid
     * @param frameBytes length of the whole frame
     * @param acceleratedVlan tag that came beside the frame, TPID in the upper 16 bits, TCI in the lower; 0 = none
     * @param layer3 whether the bytes start at the IP header
     */
    public static Layers decode(byte[] data, int captured, int frameBytes, int acceleratedVlan, boolean layer3) {
        Bytes bytes = new Bytes(data, Math.min(captured, frameBytes));
        Layers layers = new Layers();
        int at = 0;
        int etherType;
        if (layer3) {
            etherType = !bytes.has(0, 1) ? 0 : bytes.u8(0) >>> 4 == 6 ? EtherTypes.IPV6 : EtherTypes.IPV4;
        } else {
            etherType = EthernetLayer.read(bytes, acceleratedVlan, layers);
            at = EthernetLayer.BYTES;
            while (EtherTypes.isVlan(etherType)) {
                etherType = VlanLayer.read(bytes, at, layers);
                at += VlanLayer.BYTES;
            }
        }
        layers.headerEnd = Math.min(at, bytes.length());
        switch (etherType) {
            case EtherTypes.ARP, EtherTypes.RARP -> ArpLayer.read(bytes, at, layers);
            case EtherTypes.IPV4 -> Ipv4Layer.read(bytes, at, frameBytes, layers);
            case EtherTypes.IPV6 -> Ipv6Layer.read(bytes, at, frameBytes, layers);
            default -> layers.info =
                    Protocols.name(Protocols.ofEtherType(etherType)) + ", length " + Math.max(0, frameBytes - at);
        }
        return layers;
    }

    /** {@code length}: bytes from {@code at} to the end of the IP packet. */
    static void transport(int protocol, Bytes bytes, int at, int length, Layers layers) {
        switch (protocol) {
            case Protocols.TCP -> TcpLayer.read(bytes, at, length, layers);
            case Protocols.UDP -> UdpLayer.read(bytes, at, length, layers);
            case Protocols.ICMP -> IcmpLayer.read(bytes, at, length, layers);
            case Protocols.ICMPV6 -> Icmpv6Layer.read(bytes, at, length, layers);
            case Protocols.SCTP -> SctpLayer.read(bytes, at, length, layers);
            default -> layers.info = Protocols.name(protocol) + ", length " + length;
        }
    }
}
