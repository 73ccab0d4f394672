// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import org.jopil.decode.LinkType;
import org.jopil.pcap.CaptureReader;
import org.jopil.pcap.PacketOptions;

/**
 * Where a packet of a capture begins as the kernel's programs would have seen it: Ethernet as it is; of other link types the
 * IP packet without the link's header, as a tun device has it. Reused for one packet after the other. One thread.
 */
final class LinkFrame {
    private static final int AF_INET = 2;
    /** Of Linux, BSD, FreeBSD, macOS. */
    private static final int[] AF_INET6 = {10, 24, 28, 30};

    private static final int NULL_BYTES = 4;
    private static final int SLL_BYTES = 16;
    private static final int SLL2_BYTES = 20;
    private static final int SLL_OUTGOING = 4;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int PPP_IPV4 = 0x0021;
    private static final int PPP_IPV6 = 0x0057;
    private static final int PPP_ADDRESS_CONTROL = 0xFF03;

    private byte[] data;
    private int at;
    private int captured;
    private int headerBytes;
    private boolean layer3;
    private boolean egress;

    /**
     * Looks at the reader's packet.
     *
     * @return why it cannot be counted; empty if it can
     */
    String take(CaptureReader packet) {
        data = packet.data();
        at = packet.dataIndex();
        captured = packet.capturedBytes();
        headerBytes = 0;
        layer3 = true;
        egress = packet.options().direction() == PacketOptions.DIRECTION_OUTBOUND;
        if (packet.timestampNs() == CaptureReader.NO_TIME) {
            return "the file holds no time for it";
        }
        LinkType link = LinkType.of(packet.linkType()).orElse(null);
        if (link == null) {
            return "link type " + packet.linkType() + " is not read";
        }
        switch (link) {
            case ETHERNET -> {
                layer3 = false;
                return "";
            }
            case RAW, IPV4, IPV6 -> {
                return "";
            }
            case NULL, LOOP -> {
                return strip(link, NULL_BYTES, isIpFamily());
            }
            case LINUX_SLL -> {
                egress |= captured >= SLL_BYTES && u16(0) == SLL_OUTGOING;
                return strip(link, SLL_BYTES, captured >= SLL_BYTES && isIp(u16(14)));
            }
            case LINUX_SLL2 -> {
                egress |= captured >= SLL2_BYTES && (data[at + 10] & 0xFF) == SLL_OUTGOING;
                return strip(link, SLL2_BYTES, captured >= SLL2_BYTES && isIp(u16(0)));
            }
            case PPP -> {
                int from = captured >= 2 && u16(0) == PPP_ADDRESS_CONTROL ? 2 : 0;
                return strip(link, from + 2, captured >= from + 2 && isPppIp(u16(from)));
            }
            default -> {
                return "link type " + link + " is not replayed";
            }
        }
    }

    private String strip(LinkType link, int bytes, boolean ip) {
        headerBytes = bytes;
        return ip ? "" : "no IP behind the header of link type " + link;
    }

    private int u16(int offset) {
        return (data[at + offset] & 0xFF) << 8 | data[at + offset + 1] & 0xFF;
    }

    private static boolean isIp(int etherType) {
        return etherType == IPV4 || etherType == IPV6;
    }

    private static boolean isPppIp(int protocol) {
        return protocol == PPP_IPV4 || protocol == PPP_IPV6;
    }

    /** In the order of the machine that captured, which may have been any. */
    private boolean isIpFamily() {
        if (captured < NULL_BYTES) {
            return false;
        }
        int family = u16(0) == 0 ? u16(2) : u16(2) == 0 ? Integer.reverseBytes(u16(0)) >>> 16 : 0;
        boolean ip = family == AF_INET;
        for (int known : AF_INET6) {
            ip |= family == known;
        }
        return ip;
    }

    byte[] data() {
        return data;
    }

    /** Index in {@link #data()} of the first byte behind what was taken off. */
    int from() {
        return at + headerBytes;
    }

    /** Bytes that are there. */
    int captured() {
        return captured - headerBytes;
    }

    /** Bytes of the link's header that were taken off. */
    int headerBytes() {
        return headerBytes;
    }

    /** Whether it begins with the IP header. */
    boolean isLayer3() {
        return layer3;
    }

    /** Whether the capture says that it was sent; what it says nothing of counts as received. */
    boolean isEgress() {
        return egress;
    }
}
