// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal.decode;

import org.jopil.api.event.Protocols;

/** IPv6 and its extension headers (RFC 8200). */
final class Ipv6Layer {
    private static final int FIXED_BYTES = 40;
    private static final int MOST_EXTENSIONS = 8;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION = 60;
    private static final int MOBILITY = 135;
    private static final int HIP = 139;
    private static final int SHIM6 = 140;

    private Ipv6Layer() {}

    static void read(Bytes bytes, int at, int frameBytes, Layers layers) {
        if (!bytes.has(at, 1)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        layers.ipv6 = fields.values();
        fields.bits("ipv6.version", 0, 4, 15);
        if (bytes.u8(at) >>> 4 != 6) {
            layers.info = "malformed IP";
            return;
        }
        if (bytes.has(at, 4)) {
            int traffic = bytes.u16(at) >>> 4 & 0xFF;
            fields.put("ipv6.tclass", Fields.hex(traffic, 8));
            fields.put("ipv6.tclass.dscp", (long) (traffic >>> 2));
            fields.put("ipv6.tclass.ecn", (long) (traffic & 3));
            fields.put("ipv6.flow", Fields.hex(bytes.u32(at) & 0xF_FFFF, 6));
        }
        fields.u16("ipv6.plen", 4);
        fields.u8("ipv6.nxt", 6);
        fields.u8("ipv6.hlim", 7);
        fields.ipv6("ipv6.src", 8);
        fields.ipv6("ipv6.dst", 24);
        layers.headerEnd = Math.min(bytes.length(), at + FIXED_BYTES);
        if (!bytes.has(at, FIXED_BYTES)) {
            return;
        }
        // 0 is a jumbogram or a BIG TCP super-packet: then the frame's length is the only one there is
        int payload = bytes.u16(at + 4) == 0 ? frameBytes - at - FIXED_BYTES : bytes.u16(at + 4);
        int start = at + FIXED_BYTES;
        extensions(bytes.until(start + payload), start, start + payload, bytes.u8(at + 6), layers);
    }

    private static void extensions(Bytes bytes, int start, int end, int first, Layers layers) {
        int at = start;
        int next = first;
        for (int i = 0; i < MOST_EXTENSIONS && isExtension(next); i++) {
            if (!bytes.has(at, 8)) {
                layers.info = "IPv6 extension " + next;
                return;
            }
            describe(next, bytes, at, layers);
            boolean laterFragment = next == FRAGMENT && bytes.u16(at + 2) >>> 3 != 0;
            int length =
                    switch (next) {
                        case FRAGMENT -> 8;
                        case AUTHENTICATION -> (bytes.u8(at + 1) + 2) * 4;
                        default -> (bytes.u8(at + 1) + 1) * 8;
                    };
            if (laterFragment) {
                layers.headerEnd = at + length;
                layers.info = Protocols.name(bytes.u8(at)) + " fragment at " + (bytes.u16(at + 2) & 0xFFF8)
                        + ", length " + (end - at - length);
                return;
            }
            next = bytes.u8(at);
            at += length;
            layers.headerEnd = Math.min(bytes.length(), at);
        }
        HeaderDecoder.transport(next, bytes, at, end - at, layers);
    }

    private static boolean isExtension(int next) {
        return switch (next) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY, HIP, SHIM6 -> true;
            default -> false;
        };
    }

    /** Fields of the first header of each kind. */
    private static void describe(int kind, Bytes bytes, int at, Layers layers) {
        Fields fields = new Fields(bytes, at);
        switch (kind) {
            case HOP_BY_HOP -> fields.u8("ipv6.hopopts.nxt", 0);
            case DESTINATION -> fields.u8("ipv6.dstopts.nxt", 0);
            case ROUTING -> {
                fields.u8("ipv6.routing.nxt", 0);
                fields.u8("ipv6.routing.len", 1);
                fields.u8("ipv6.routing.type", 2);
                fields.u8("ipv6.routing.segleft", 3);
            }
            case FRAGMENT -> {
                fields.u8("ipv6.fraghdr.nxt", 0);
                fields.put("ipv6.fraghdr.offset", (long) (bytes.u16(at + 2) >>> 3));
                fields.flag("ipv6.fraghdr.more", 3, 1);
                fields.hex32("ipv6.fraghdr.ident", 4);
            }
            default -> {}
        }
        fields.values().forEach(layers.ipv6::putIfAbsent);
    }
}
