// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import org.jopil.api.event.Protocols;

/** IPv4 (RFC 791). */
final class Ipv4Layer {
    private static final int FIXED_BYTES = 20;

    private Ipv4Layer() {}

    static void read(Bytes bytes, int at, int frameEnd, Layers layers) {
        if (!bytes.has(at, 1)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        layers.put("ip", fields, 1);
        fields.bits("ip.version", 0, 4, 15);
        layers.headerEnd = at + 1;
        int headerBytes = (bytes.u8(at) & 15) * 4;
        if (bytes.u8(at) >>> 4 != 4 || headerBytes < FIXED_BYTES) {
            layers.info = "malformed IP";
            return;
        }
        fields.put("ip.hdr_len", (long) headerBytes);
        fields.hex8("ip.dsfield", 1);
        fields.bits("ip.dsfield.dscp", 1, 2, 63);
        fields.bits("ip.dsfield.ecn", 1, 0, 3);
        fields.u16("ip.len", 2);
        fields.hex16("ip.id", 4);
        if (bytes.has(at + 6, 2)) {
            fields.put("ip.flags", Fields.hex(bytes.u8(at + 6) >>> 5, 2));
            fields.flag("ip.flags.rb", 6, 0x80);
            fields.flag("ip.flags.df", 6, 0x40);
            fields.flag("ip.flags.mf", 6, 0x20);
            fields.put("ip.frag_offset", bytes.u16(at + 6) & 0x1FFFL);
        }
        fields.u8("ip.ttl", 8);
        fields.u8("ip.proto", 9);
        fields.hex16("ip.checksum", 10);
        fields.ipv4("ip.src", 12);
        fields.ipv4("ip.dst", 16);
        layers.headerEnd = Math.min(bytes.length(), at + headerBytes);
        layers.extend("ip", layers.headerEnd);
        if (!bytes.has(at, FIXED_BYTES)) {
            return;
        }
        boolean whole = bytes.has(at, headerBytes);
        fields.put(
                "ip.checksum.status",
                whole ? Checksums.status(Checksums.sum(bytes, at, headerBytes)) : Checksums.UNVERIFIED);
        if (whole) {
            options(bytes, at + FIXED_BYTES, at + headerBytes, fields);
        }
        // BIG TCP and some GSO super-packets say 0: then the frame's length is the only one there is
        int total = bytes.u16(at + 2) == 0 ? frameEnd - at : bytes.u16(at + 2);
        if (total < headerBytes) {
            layers.info = "malformed IP";
            return;
        }
        int fragment = bytes.u16(at + 6);
        int length = Math.min(total, frameEnd - at) - headerBytes;
        if ((fragment & 0x1FFF) != 0) {
            layers.info =
                    Protocols.name(bytes.u8(at + 9)) + " fragment at " + (fragment & 0x1FFF) * 8 + ", length " + length;
            return;
        }
        PseudoHeader pseudo = new PseudoHeader(Checksums.sum(bytes, at + 12, 8), (fragment & 0x3FFF) != 0);
        PacketDecoder.transport(bytes.u8(at + 9), bytes.until(at + total), at + headerBytes, length, pseudo, layers);
    }

    private static void options(Bytes bytes, int start, int end, Fields fields) {
        int at = start;
        while (at < end) {
            int type = bytes.u8(at);
            fields.add("ip.opt.type", (long) type);
            if (type == 0) {
                return;
            }
            int length = type == 1 ? 1 : at + 1 < end ? bytes.u8(at + 1) : 0;
            if (length == 0 || type != 1 && length < 2) {
                return;
            }
            at += length;
        }
    }
}
