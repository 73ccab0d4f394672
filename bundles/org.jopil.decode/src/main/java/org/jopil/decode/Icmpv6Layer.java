// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** ICMP for IPv6 (RFC 4443, RFC 4861). */
final class Icmpv6Layer {
    private static final int BYTES = 8;

    private Icmpv6Layer() {}

    static void read(Bytes bytes, int at, int length, Layers layers) {
        if (!bytes.has(at, 1)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        fields.u8("icmpv6.type", 0);
        fields.u8("icmpv6.code", 1);
        fields.hex16("icmpv6.checksum", 2);
        int type = bytes.u8(at);
        String detail = "";
        if (type == 128 || type == 129) {
            fields.hex16("icmpv6.echo.identifier", 4);
            fields.u16("icmpv6.echo.sequence_number", 6);
            detail = ", seq " + fields.values().get("icmpv6.echo.sequence_number");
        } else if (type == 2) {
            fields.u32("icmpv6.mtu", 4);
            detail = ", mtu " + fields.values().get("icmpv6.mtu");
        }
        layers.put("icmpv6", fields, BYTES);
        layers.headerEnd = Math.min(bytes.length(), at + BYTES);
        if (type == 135 || type == 136) {
            fields.ipv6("icmpv6.nd." + (type == 135 ? "ns" : "na") + ".target_address", BYTES);
            layers.headerEnd = Math.min(bytes.length(), at + BYTES + 16);
            layers.extend("icmpv6", layers.headerEnd);
        }
        layers.info =
                "ICMP6 " + name(type, bytes.has(at + 1, 1) ? bytes.u8(at + 1) : 0) + detail + ", length " + length;
        if (type >= 1 && type <= 4 && bytes.has(at + BYTES, 1)) {
            Layers quoted = layers.carry();
            if (quoted != null) {
                PacketDecoder.network(EtherTypes.IPV6, bytes, at + BYTES, at + length, quoted);
            }
        }
    }

    private static String name(int type, int code) {
        return switch (type) {
            case 1 -> code == 4 ? "port unreachable" : "unreachable, code " + code;
            case 2 -> "packet too big";
            case 3 -> "time exceeded";
            case 4 -> "parameter problem";
            case 128 -> "echo request";
            case 129 -> "echo reply";
            case 133 -> "router solicitation";
            case 134 -> "router advertisement";
            case 135 -> "neighbor solicitation";
            case 136 -> "neighbor advertisement";
            case 137 -> "redirect";
            case 143 -> "multicast listener report v2";
            default -> "type " + type + ", code " + code;
        };
    }
}
