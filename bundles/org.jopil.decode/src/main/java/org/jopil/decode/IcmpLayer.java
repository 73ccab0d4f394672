// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** ICMP for IPv4 (RFC 792). */
final class IcmpLayer {
    private static final int BYTES = 8;

    private IcmpLayer() {}

    static void read(Bytes bytes, int at, int length, Layers layers) {
        if (!bytes.has(at, 1)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        fields.u8("icmp.type", 0);
        fields.u8("icmp.code", 1);
        fields.hex16("icmp.checksum", 2);
        int type = bytes.u8(at);
        String detail = "";
        if (type == 0 || type == 8) {
            fields.u16("icmp.ident", 4);
            fields.u16("icmp.seq", 6);
            detail = ", id " + fields.values().get("icmp.ident") + ", seq "
                    + fields.values().get("icmp.seq");
        } else if (type == 3 && bytes.has(at + 1, 1) && bytes.u8(at + 1) == 4) {
            fields.u16("icmp.mtu", 6);
            detail = ", mtu " + fields.values().get("icmp.mtu");
        } else if (type == 5) {
            fields.ipv4("icmp.redir_gw", 4);
            detail = " to " + fields.values().get("icmp.redir_gw");
        }
        layers.put("icmp", fields, BYTES);
        layers.headerEnd = Math.min(bytes.length(), at + BYTES);
        layers.info = "ICMP " + name(type, bytes.has(at + 1, 1) ? bytes.u8(at + 1) : 0) + detail + ", length " + length;
        if (isError(type) && bytes.has(at + BYTES, 1)) {
            quote(bytes, at + BYTES, at + length, layers);
        }
    }

    private static boolean isError(int type) {
        return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    }

    private static void quote(Bytes bytes, int at, int end, Layers layers) {
        Layers quoted = layers.carry();
        if (quoted != null) {
            PacketDecoder.network(EtherTypes.IPV4, bytes, at, end, quoted);
        }
    }

    private static String name(int type, int code) {
        return switch (type) {
            case 0 -> "echo reply";
            case 3 -> switch (code) {
                case 0 -> "net unreachable";
                case 1 -> "host unreachable";
                case 2 -> "protocol unreachable";
                case 3 -> "port unreachable";
                case 4 -> "fragmentation needed";
                default -> "unreachable, code " + code;
            };
            case 5 -> "redirect";
            case 8 -> "echo request";
            case 11 -> "time exceeded";
            case 12 -> "parameter problem";
            default -> "type " + type + ", code " + code;
        };
    }
}
