// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import org.jopil.api.event.Protocols;

/** IPv6 and its extension headers (RFC 8200). */
final class Ipv6Layer {
    private static final int FIXED_BYTES = 40;
    private static final int DESTINATION_BEFORE_END = 16;
    private static final int MOST_EXTENSIONS = 8;

    private static final int PAD1 = 0;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION = 60;
    private static final int MOBILITY = 135;
    private static final int HIP = 139;
    private static final int SHIM6 = 140;

    private Ipv6Layer() {}

    static void read(Bytes bytes, int at, int frameEnd, Layers layers) {
        if (!bytes.has(at, 1)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        layers.put("ipv6", fields, 1);
        fields.bits("ipv6.version", 0, 4, 15);
        layers.headerEnd = at + 1;
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
        layers.extend("ipv6", layers.headerEnd);
        if (!bytes.has(at, FIXED_BYTES)) {
            return;
        }
        // 0 is a jumbogram or a BIG TCP super-packet: then the frame's length is the only one there is
        int payload = bytes.u16(at + 4) == 0 ? frameEnd - at - FIXED_BYTES : bytes.u16(at + 4);
        int start = at + FIXED_BYTES;
        payload = Math.min(payload, frameEnd - start);
        long addresses = Checksums.sum(bytes, at + 8, 32);
        extensions(bytes.until(start + payload), start, start + payload, bytes.u8(at + 6), addresses, layers);
    }

    private static void extensions(Bytes bytes, int start, int end, int first, long addresses, Layers layers) {
        int at = start;
        int next = first;
        boolean fragment = false;
        long sum = addresses;
        for (int i = 0; i < MOST_EXTENSIONS && isExtension(next); i++) {
            if (!bytes.has(at, 8)) {
                layers.info = "IPv6 extension " + next;
                return;
            }
            int length = describe(next, bytes, at, layers);
            if (length == 0) {
                return;
            }
            if (next == FRAGMENT) {
                int offset = bytes.u16(at + 2) & 0xFFF8;
                fragment |= offset != 0 || (bytes.u8(at + 3) & 1) != 0;
                if (offset != 0) {
                    layers.headerEnd = at + length;
                    layers.extend("ipv6", layers.headerEnd);
                    layers.info =
                            Protocols.name(bytes.u8(at)) + " fragment at " + offset + ", length " + (end - at - length);
                    return;
                }
            }
            if (next == ROUTING) {
                sum += RoutingHeader.destination(bytes, at, length, start - DESTINATION_BEFORE_END);
            }
            boolean own = next != AUTHENTICATION;
            next = bytes.u8(at);
            at += length;
            layers.headerEnd = Math.min(bytes.length(), at);
            if (own) {
                layers.extend("ipv6", layers.headerEnd);
            }
        }
        PacketDecoder.transport(next, bytes, at, end - at, new PseudoHeader(sum, fragment), layers);
    }

    private static boolean isExtension(int next) {
        return switch (next) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY, HIP, SHIM6 -> true;
            default -> false;
        };
    }

    /** Notes the fields of one header of which 8 bytes are there; returns its length, 0 if it cannot be followed. */
    private static int describe(int kind, Bytes bytes, int at, Layers layers) {
        Fields fields = new Fields(bytes, at, layers.of("ipv6"));
        int length = (bytes.u8(at + 1) + 1) * 8;
        switch (kind) {
            case HOP_BY_HOP -> {
                fields.add("ipv6.hopopts.nxt", (long) bytes.u8(at));
                options(bytes, at + 2, at + length, fields);
            }
            case DESTINATION -> {
                fields.add("ipv6.dstopts.nxt", (long) bytes.u8(at));
                options(bytes, at + 2, at + length, fields);
            }
            case ROUTING -> {
                fields.add("ipv6.routing.nxt", (long) bytes.u8(at));
                fields.add("ipv6.routing.len", (long) bytes.u8(at + 1));
                fields.add("ipv6.routing.type", (long) bytes.u8(at + 2));
                fields.add("ipv6.routing.segleft", (long) bytes.u8(at + 3));
            }
            case FRAGMENT -> {
                fields.add("ipv6.fraghdr.nxt", (long) bytes.u8(at));
                fields.add("ipv6.fraghdr.offset", (long) (bytes.u16(at + 2) >>> 3));
                fields.add("ipv6.fraghdr.more", (bytes.u8(at + 3) & 1) != 0);
                fields.add("ipv6.fraghdr.ident", Fields.hex(bytes.u32(at + 4), 8));
                length = 8;
            }
            case AUTHENTICATION -> length = AhLayer.describe(bytes, at, layers);
            default -> {}
        }
        return length;
    }

    private static void options(Bytes bytes, int start, int end, Fields fields) {
        int at = start;
        while (at < end && bytes.has(at, 1)) {
            int type = bytes.u8(at);
            fields.add("ipv6.opt.type", Fields.hex(type, 2));
            if (type == PAD1) {
                at++;
            } else if (bytes.has(at + 1, 1)) {
                at += 2 + bytes.u8(at + 1);
            } else {
                return;
            }
        }
    }
}
