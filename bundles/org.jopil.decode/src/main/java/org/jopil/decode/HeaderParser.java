// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;

/**
 * What the kernel's programs read of every packet ({@code bpf/include/jopil/parse.h} and {@code carried.h}), read in Java
 * by the same rules: for frames that no kernel has seen. A test holds both side by side. Reused for one frame after the
 * other, allocates nothing. One thread.
 *
 * <p>A header counts as present only if it is whole and inside the length that the header before it gives.
 */
public final class HeaderParser {
    private static final int VLAN_TAGS = 4;
    private static final int IPV6_EXTENSIONS = 8;
    private static final int ETHERNET_BYTES = 14;
    private static final int VLAN_BYTES = 4;
    private static final int VLAN_ID = 0x0FFF;
    private static final int ETHER_LENGTH_MAX = 1500;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int ARP_BYTES = 8;
    private static final int PORTS_BYTES = 4;
    private static final int TCP_BYTES = 20;
    private static final int TCP_FLAGS_END = 14;
    private static final int BAD = -1;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION = 60;

    private static final int IPV4_IN_IP = 4;
    private static final int IPV6_IN_IP = 41;
    private static final int GRE = 47;
    private static final int TUNNEL_BYTES = 8;
    private static final int GRE_BYTES = 4;

    // the cursor: end of what was captured, and bytes of the frame, then of the IP packet, from `at` on
    private byte[] data;
    private int start;
    private int end;
    private int at;
    private int left;
    private boolean superPacket;

    private int etherType;
    private int vlanTags;
    private int outerVlan;
    private int innerVlan;
    private int layer3Offset;
    private int layer4Offset;
    private int headerBytes;
    private int payloadBytes;
    private int protocol;
    private int ipProtocol;
    private int tcpFlags;
    private boolean ip;
    private boolean ports;
    private boolean fragment;
    private boolean laterFragment;
    private boolean malformed;
    private boolean followed;
    private long srcHi;
    private long srcLo;
    private long dstHi;
    private long dstLo;
    private int srcPort;
    private int dstPort;

    /**
     * Reads one frame.
     *
     * @param bytes has the frame
     * @param from index of its first byte
     * @param captured bytes of it that are there
     * @param frameBytes its length
     * @param layer3 whether it starts at the IP header
     * @param merged by GRO or not yet segmented: the IP length may be 0
     */
    public void parse(byte[] bytes, int from, int captured, int frameBytes, boolean layer3, boolean merged) {
        clear();
        data = bytes;
        start = from;
        end = from + Math.min(captured, frameBytes);
        at = from;
        left = frameBytes;
        superPacket = merged;
        network(layer3 ? version() : ethernet());
    }

    private void clear() {
        etherType = 0;
        vlanTags = 0;
        outerVlan = 0;
        innerVlan = 0;
        layer3Offset = 0;
        layer4Offset = 0;
        headerBytes = 0;
        payloadBytes = 0;
        protocol = 0;
        ipProtocol = 0;
        tcpFlags = 0;
        ip = false;
        ports = false;
        fragment = false;
        laterFragment = false;
        malformed = false;
        followed = false;
        srcHi = 0;
        srcLo = 0;
        dstHi = 0;
        dstLo = 0;
        srcPort = 0;
        dstPort = 0;
    }

    /** Where the next {@code bytes} bytes begin, and the cursor behind them; {@link #BAD} and the cursor where it was. */
    private int take(int bytes) {
        if (bytes > left || at + bytes > end) {
            return BAD;
        }
        int header = at;
        at += bytes;
        left -= bytes;
        return header;
    }

    private int u8(int index) {
        return data[index] & 0xFF;
    }

    private int u16(int index) {
        return u8(index) << 8 | u8(index + 1);
    }

    private long u32(int index) {
        return (long) u16(index) << 16 | u16(index + 2);
    }

    private long u64(int index) {
        return u32(index) << 32 | u32(index + 4);
    }

    private int ethernet() {
        int header = take(ETHERNET_BYTES);
        if (header < 0) {
            return BAD;
        }
        int type = u16(header + 12);
        for (int i = 0; i < VLAN_TAGS && EtherTypes.isVlan(type); i++) {
            int tag = take(VLAN_BYTES);
            if (tag < 0) {
                break;
            }
            noteVlan(u16(tag));
            type = u16(tag + 2);
        }
        return type;
    }

    private void noteVlan(int control) {
        if (vlanTags == 0) {
            outerVlan = control & VLAN_ID;
        } else if (vlanTags == 1) {
            innerVlan = control & VLAN_ID;
        }
        vlanTags++;
    }

    private int version() {
        if (at + 1 > end) {
            return BAD;
        }
        return switch (u8(at) >>> 4) {
            case 4 -> EtherTypes.IPV4;
            case 6 -> EtherTypes.IPV6;
            default -> BAD;
        };
    }

    private void network(int found) {
        int type = found >= 0 && found <= ETHER_LENGTH_MAX ? 0 : found;
        int frameLeft = left;
        layer3Offset = at - start;
        headerBytes = layer3Offset;
        etherType = Math.max(type, 0);
        int next;
        int fixed;
        switch (type) {
            case EtherTypes.IPV4 -> {
                fixed = IPV4_BYTES;
                next = ipv4();
            }
            case EtherTypes.IPV6 -> {
                fixed = IPV6_BYTES;
                next = ipv6();
            }
            case EtherTypes.ARP -> {
                protocol = Protocols.ARP;
                arp();
                return;
            }
            default -> {
                malformed = type < 0;
                protocol = malformed ? Protocols.MALFORMED : Protocols.NON_IP;
                return;
            }
        }
        if (next < 0) {
            notIp(Math.min(fixed, frameLeft));
            return;
        }
        ip = true;
        protocol = next;
        ipProtocol = next;
        layer4Offset = at - start;
        int rest = laterFragment ? 0 : transport(next);
        headerBytes = at - start + rest;
        payloadBytes = left - rest;
    }

    /** It says that it is IP: what was read of it before that was found out is left out of the answers by {@link #isIp}. */
    private void notIp(int bytes) {
        malformed = true;
        protocol = Protocols.MALFORMED;
        fragment = false;
        laterFragment = false;
        headerBytes += bytes;
    }

    private void arp() {
        int header = take(ARP_BYTES);
        if (header >= 0) {
            headerBytes = layer3Offset + ARP_BYTES + 2 * (u8(header + 4) + u8(header + 5));
        }
    }

    private int ipv4() {
        int header = take(IPV4_BYTES);
        if (header < 0 || u8(header) >>> 4 != 4 || (u8(header) & 15) < 5) {
            return BAD;
        }
        int headerLength = (u8(header) & 15) * 4;
        int total = u16(header + 2);
        if (total == 0 && superPacket) {
            total = left + IPV4_BYTES;
        }
        if (total < headerLength || total - IPV4_BYTES > left) {
            return BAD;
        }
        left = total - IPV4_BYTES;
        srcLo = Addresses.mapped((int) u32(header + 12));
        dstLo = Addresses.mapped((int) u32(header + 16));
        int offset = u16(header + 6);
        fragment = (offset & 0x3FFF) != 0;
        laterFragment = (offset & 0x1FFF) != 0;
        if (headerLength > IPV4_BYTES && take(headerLength - IPV4_BYTES) < 0) {
            return BAD;
        }
        return u8(header + 9);
    }

    private int ipv6() {
        int header = take(IPV6_BYTES);
        if (header < 0 || u8(header) >>> 4 != 6) {
            return BAD;
        }
        int payload = u16(header + 4);
        if (payload == 0 && superPacket) {
            payload = left;
        }
        if (payload > left) {
            return BAD;
        }
        left = payload;
        srcHi = u64(header + 8);
        srcLo = u64(header + 16);
        dstHi = u64(header + 24);
        dstLo = u64(header + 32);
        return extensions(u8(header + 6));
    }

    /** The upper-layer protocol that the chain leads to, or the type of the first header that it cannot be followed through. */
    private int extensions(int first) {
        int next = first;
        for (int i = 0; i < IPV6_EXTENSIONS && isExtension(next); i++) {
            int header = take(8);
            if (header < 0) {
                return next;
            }
            int more = u8(header + 1) * 8;
            if (next == FRAGMENT) {
                int offset = u16(header + 2);
                fragment |= (offset & 0xFFF9) != 0;
                if ((offset & 0xFFF8) != 0) {
                    laterFragment = true;
                    return u8(header);
                }
                more = 0;
            } else if (next == AUTHENTICATION) {
                more = u8(header + 1) * 4;
            }
            if (take(more) < 0) {
                return next;
            }
            next = u8(header);
        }
        return next;
    }

    private static boolean isExtension(int next) {
        return next == HOP_BY_HOP
                || next == DESTINATION
                || next == ROUTING
                || next == FRAGMENT
                || next == AUTHENTICATION;
    }

    /** Bytes behind the cursor that still belong to the headers. */
    private int transport(int kind) {
        boolean icmp = kind == Protocols.ICMP || kind == Protocols.ICMPV6;
        if (!icmp && !Protocols.hasPorts(kind)) {
            return 0;
        }
        int header = take(PORTS_BYTES);
        if (header < 0) {
            return 0;
        }
        ports = true;
        srcPort = icmp ? u8(header) : u16(header);
        dstPort = icmp ? u8(header + 1) : u16(header + 2);
        int rest =
                switch (kind) {
                    case Protocols.TCP -> tcp();
                    case Protocols.ICMP -> icmp(srcPort);
                    case Protocols.ICMPV6 -> srcPort >= 1 && srcPort <= 4 ? 4 + IPV6_BYTES + 8 : 4;
                    case Protocols.SCTP, Protocols.DCCP -> 8;
                    default -> 4;
                };
        return Math.min(rest, left);
    }

    private int tcp() {
        int header = take(TCP_FLAGS_END - PORTS_BYTES);
        if (header < 0) {
            return 0;
        }
        int headerLength = (u8(header + 8) >>> 4) * 4;
        if (headerLength < TCP_BYTES) {
            return 0;
        }
        tcpFlags = u8(header + 9);
        return headerLength - TCP_FLAGS_END;
    }

    /** An error message goes on with the headers that it quotes. */
    private int icmp(int type) {
        boolean error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
        if (!error || left < 5 || at + 5 > end) {
            return 4;
        }
        return 4 + (u8(at + 4) & 15) * 4 + 8;
    }

    /**
     * Moves the end of the headers behind those that the frame carries in VXLAN, Geneve, GRE or IP, one tunnel deep; all
     * other answers stay.
     */
    public void followTunnel() {
        if (followed || !isTunnel()) {
            return;
        }
        followed = true;
        HeaderParser carried = new HeaderParser();
        carried.data = data;
        carried.start = start;
        carried.end = end;
        carried.at = start + headerBytes;
        carried.left = payloadBytes;
        headerBytes = carried.carried(ipProtocol, dstPort);
    }

    private boolean isTunnel() {
        return switch (ipProtocol) {
            case IPV4_IN_IP, IPV6_IN_IP, GRE -> ip && !laterFragment;
            case Protocols.UDP -> ports && (dstPort == VxlanLayer.PORT || dstPort == GeneveLayer.PORT);
            default -> false;
        };
    }

    private int carried(int kind, int port) {
        int type = tunnel(kind, port);
        if (type == EtherTypes.TRANSPARENT_ETHERNET) {
            type = ethernet();
        }
        if (type != EtherTypes.IPV4 && type != EtherTypes.IPV6 && type != EtherTypes.ARP) {
            return at - start;
        }
        network(type);
        return headerBytes;
    }

    private int tunnel(int kind, int port) {
        switch (kind) {
            case IPV4_IN_IP:
                return EtherTypes.IPV4;
            case IPV6_IN_IP:
                return EtherTypes.IPV6;
            case GRE:
                return gre();
            default:
                break;
        }
        int header = take(TUNNEL_BYTES);
        if (header < 0) {
            return BAD;
        }
        if (port == VxlanLayer.PORT) {
            return EtherTypes.TRANSPARENT_ETHERNET;
        }
        return take((u8(header) & 0x3F) * 4) < 0 ? BAD : u16(header + 2);
    }

    private int gre() {
        int header = take(GRE_BYTES);
        if (header < 0) {
            return BAD;
        }
        int flags = u8(header) << 8;
        int options =
                ((flags & 0x8000) != 0 ? 4 : 0) + ((flags & 0x2000) != 0 ? 4 : 0) + ((flags & 0x1000) != 0 ? 4 : 0);
        return take(options) < 0 ? BAD : u16(header + 2);
    }

    /** EtherType after all tags that were read; 0 for IEEE 802.3, or if there is none. */
    public int etherType() {
        return etherType;
    }

    /** Outer VLAN id, 0 where there is no tag. */
    public int outerVlan() {
        return outerVlan;
    }

    /** VLAN id of the second tag, 0 where there is none. */
    public int innerVlan() {
        return innerVlan;
    }

    /** Where the layer above the link begins, from the start of the frame. */
    public int layer3Offset() {
        return layer3Offset;
    }

    /** Where the layer above IP begins, from the start of the frame; 0 if it {@link #isIp} not. */
    public int layer4Offset() {
        return layer4Offset;
    }

    /** All headers, with the quote of an ICMP error, from the start of the frame. */
    public int headerBytes() {
        return headerBytes;
    }

    /** Behind all headers to the end of the IP packet. */
    public int payloadBytes() {
        return payloadBytes;
    }

    /** Code of {@link Protocols}; {@link Protocols#NON_IP} whatever the EtherType. */
    public int protocol() {
        return protocol;
    }

    /** IANA number, 0 if it {@link #isIp} not. */
    public int ipProtocol() {
        return ipProtocol;
    }

    /** 0 if not TCP. */
    public int tcpFlags() {
        return tcpFlags;
    }

    /** Whether there are addresses. */
    public boolean isIp() {
        return ip;
    }

    /** Whether there are ports, or type and code of ICMP. */
    public boolean hasPorts() {
        return ports;
    }

    public boolean isFragment() {
        return fragment;
    }

    public boolean isLaterFragment() {
        return laterFragment;
    }

    /** Says that it is IP, and is not. */
    public boolean isMalformed() {
        return malformed;
    }

    /** See {@link Addresses}; of no meaning if it {@link #isIp} not. */
    public long srcHi() {
        return srcHi;
    }

    public long srcLo() {
        return srcLo;
    }

    public long dstHi() {
        return dstHi;
    }

    public long dstLo() {
        return dstLo;
    }

    /** Port, or type of ICMP; 0 where there is none. */
    public int srcPort() {
        return srcPort;
    }

    /** Port, or code of ICMP; 0 where there is none. */
    public int dstPort() {
        return dstPort;
    }
}
