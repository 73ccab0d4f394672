// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the headers of one frame say. A layer that is not there, or of which nothing was captured, is null. */
public final class Layers {
    Map<String, Object> eth;
    final List<Map<String, Object>> vlans = new ArrayList<>();
    Map<String, Object> arp;
    Map<String, Object> ip;
    Map<String, Object> ipv6;
    Map<String, Object> tcp;
    Map<String, Object> udp;
    Map<String, Object> icmp;
    Map<String, Object> icmpv6;
    Map<String, Object> sctp;
    String info = "";
    int headerEnd;

    Layers() {}

    /** The layer with Wireshark's name for it, or null. VLAN tags are a list, outermost first. */
    public Object get(String layer) {
        return switch (layer) {
            case "eth" -> eth;
            case "vlan" -> vlans.isEmpty() ? null : vlans;
            case "arp" -> arp;
            case "ip" -> ip;
            case "ipv6" -> ipv6;
            case "tcp" -> tcp;
            case "udp" -> udp;
            case "icmp" -> icmp;
            case "icmpv6" -> icmpv6;
            case "sctp" -> sctp;
            default -> throw new IllegalArgumentException(layer);
        };
    }

    /** What tcpdump writes after the addresses. */
    public String info() {
        return info;
    }

    /** Offset after the last header that was read. */
    public int headerEnd() {
        return headerEnd;
    }
}
