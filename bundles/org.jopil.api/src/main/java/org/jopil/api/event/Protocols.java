// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import java.util.Locale;
import java.util.Map;

/**
 * Protocol codes of {@link org.jopil.api.source.Counters} and their names. 0 to 255 are IANA protocol numbers; then
 * come ARP, malformed IP, and what is not IP by its EtherType.
 */
public final class Protocols {
    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int DCCP = 33;
    public static final int ICMPV6 = 58;
    public static final int SCTP = 132;
    public static final int UDP_LITE = 136;
    public static final int ARP = 256;
    public static final int MALFORMED = 258;
    /** Not IP, and the table of EtherTypes was full. */
    public static final int NON_IP = 257;

    private static final int ETHER_TYPE = 0x10000;

    private static final Map<Integer, String> IANA = Map.ofEntries(
            Map.entry(0, "hopopt"),
            Map.entry(ICMP, "icmp"),
            Map.entry(2, "igmp"),
            Map.entry(4, "ipip"),
            Map.entry(TCP, "tcp"),
            Map.entry(8, "egp"),
            Map.entry(9, "igp"),
            Map.entry(UDP, "udp"),
            Map.entry(DCCP, "dccp"),
            Map.entry(41, "ipv6"),
            Map.entry(43, "ipv6-route"),
            Map.entry(44, "ipv6-frag"),
            Map.entry(46, "rsvp"),
            Map.entry(47, "gre"),
            Map.entry(50, "esp"),
            Map.entry(51, "ah"),
            Map.entry(ICMPV6, "icmpv6"),
            Map.entry(59, "ipv6-nonxt"),
            Map.entry(60, "ipv6-opts"),
            Map.entry(88, "eigrp"),
            Map.entry(89, "ospf"),
            Map.entry(94, "ipip-old"),
            Map.entry(103, "pim"),
            Map.entry(108, "ipcomp"),
            Map.entry(112, "vrrp"),
            Map.entry(115, "l2tp"),
            Map.entry(SCTP, "sctp"),
            Map.entry(135, "mobility"),
            Map.entry(UDP_LITE, "udplite"),
            Map.entry(137, "mpls-in-ip"),
            Map.entry(139, "hip"),
            Map.entry(140, "shim6"));

    private static final Map<Integer, String> ETHER_TYPES = Map.ofEntries(
            Map.entry(0, "llc"),
            Map.entry(0x0842, "wol"),
            Map.entry(0x8035, "rarp"),
            Map.entry(0x8100, "vlan"),
            Map.entry(0x88A8, "qinq"),
            Map.entry(0x8808, "flow-control"),
            Map.entry(0x8809, "lacp"),
            Map.entry(0x8847, "mpls"),
            Map.entry(0x8848, "mpls-multicast"),
            Map.entry(0x8863, "pppoe-discovery"),
            Map.entry(0x8864, "pppoe"),
            Map.entry(0x888E, "eapol"),
            Map.entry(0x88CC, "lldp"),
            Map.entry(0x88E5, "macsec"),
            Map.entry(0x88F7, "ptp"),
            Map.entry(0x8902, "cfm"));

    private Protocols() {}

    /** Code of what is not IP; {@code etherType} in host order, 0 for IEEE 802.3 LLC. */
    public static int ofEtherType(int etherType) {
        return ETHER_TYPE | etherType;
    }

    public static boolean isIp(int protocol) {
        return protocol >= 0 && protocol < 256;
    }

    /** Lower-case name; a number without a name reads {@code ip-253} or {@code ethertype-0x88b5}. */
    public static String name(int protocol) {
        if (isIp(protocol)) {
            String name = IANA.get(protocol);
            return name != null ? name : "ip-" + protocol;
        }
        return switch (protocol) {
            case ARP -> "arp";
            case NON_IP -> "non-ip";
            case MALFORMED -> "malformed";
            default -> {
                int etherType = protocol & 0xFFFF;
                String name = ETHER_TYPES.get(etherType);
                yield name != null ? name : String.format(Locale.ROOT, "ethertype-0x%04x", etherType);
            }
        };
    }

    /** IANA number of a name or of a number as text, -1 if it is neither. */
    public static int number(String text) {
        for (Map.Entry<Integer, String> entry : IANA.entrySet()) {
            if (entry.getValue().equalsIgnoreCase(text)) {
                return entry.getKey();
            }
        }
        String digits = text.startsWith("ip-") ? text.substring(3) : text;
        if (digits.isEmpty() || digits.length() > 3 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int number = Integer.parseInt(digits);
        return number < 256 ? number : -1;
    }

    /** Whether the header of a protocol, by its IANA number, begins with a source and a destination port. */
    public static boolean hasPorts(int protocol) {
        return switch (protocol) {
            case TCP, UDP, DCCP, SCTP, UDP_LITE -> true;
            default -> false;
        };
    }
}
