// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.Map;

/** ARP and RARP (RFC 826, RFC 903). */
final class ArpLayer {
    private static final int FIXED_BYTES = 8;

    private ArpLayer() {}

    static void read(Bytes bytes, int at, Layers layers) {
        Fields fields = new Fields(bytes, at);
        fields.u16("arp.hw.type", 0);
        fields.hex16("arp.proto.type", 2);
        fields.u8("arp.hw.size", 4);
        fields.u8("arp.proto.size", 5);
        fields.u16("arp.opcode", 6);
        layers.put("arp", fields, FIXED_BYTES);
        layers.headerEnd = Math.min(bytes.length(), at + FIXED_BYTES);
        if (!bytes.has(at, FIXED_BYTES)) {
            return;
        }
        int hardware = bytes.u8(at + 4);
        int protocol = bytes.u8(at + 5);
        boolean ethernet = bytes.u16(at) == 1 && hardware == 6;
        boolean ipv4 = bytes.u16(at + 2) == EtherTypes.IPV4 && protocol == 4;
        int target = FIXED_BYTES + hardware + protocol;
        layers.headerEnd = Math.min(bytes.length(), at + target + hardware + protocol);
        layers.extend("arp", layers.headerEnd);
        if (!bytes.has(at, target + hardware + protocol)) {
            layers.info = "ARP, truncated";
            return;
        }
        if (ethernet) {
            fields.mac("arp.src.hw_mac", FIXED_BYTES);
        }
        if (ipv4) {
            fields.ipv4("arp.src.proto_ipv4", FIXED_BYTES + hardware);
        }
        if (ethernet) {
            fields.mac("arp.dst.hw_mac", target);
        }
        if (ipv4) {
            fields.ipv4("arp.dst.proto_ipv4", target + hardware);
        }
        layers.info = info(bytes.u16(at + 6), fields.values());
    }

    private static String info(int operation, Map<String, Object> fields) {
        Object sender = fields.get("arp.src.proto_ipv4");
        Object target = fields.get("arp.dst.proto_ipv4");
        return switch (operation) {
            case 1 -> "who-has " + target + " tell " + sender;
            case 2 -> "reply " + sender + " is-at " + fields.get("arp.src.hw_mac");
            default -> "arp operation " + operation;
        };
    }
}
