// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** TCP (RFC 9293) with the options of RFC 9293, 7323 and 2018. */
final class TcpLayer {
    private static final int FIXED_BYTES = 20;
    /** tcpdump's letters, from the lowest bit. */
    private static final String LETTERS = "FSRP.UEW";

    private TcpLayer() {}

    static void read(Bytes bytes, int at, int length, PseudoHeader ip, Layers layers) {
        Fields fields = new Fields(bytes, at);
        fields.u16("tcp.srcport", 0);
        fields.u16("tcp.dstport", 2);
        if (fields.values().isEmpty()) {
            return;
        }
        layers.put("tcp", fields, FIXED_BYTES);
        fields.u32("tcp.seq_raw", 4);
        layers.headerEnd = Math.min(bytes.length(), at + FIXED_BYTES);
        layers.info = "TCP, truncated header";
        if (!bytes.has(at + 12, 2)) {
            fields.u32("tcp.ack_raw", 8);
            return;
        }
        int headerBytes = (bytes.u8(at + 12) >>> 4) * 4;
        fields.put("tcp.hdr_len", (long) headerBytes);
        if (headerBytes < FIXED_BYTES) {
            layers.info = "malformed TCP";
            return;
        }
        fields.u32("tcp.ack_raw", 8);
        if (length >= headerBytes && !ip.fragment()) {
            fields.put("tcp.len", (long) (length - headerBytes));
        }
        fields.put("tcp.flags", Fields.hex(bytes.u16(at + 12) & 0xFFF, 4));
        fields.flag("tcp.flags.ae", 12, 1);
        fields.flag("tcp.flags.cwr", 13, 0x80);
        fields.flag("tcp.flags.ece", 13, 0x40);
        fields.flag("tcp.flags.urg", 13, 0x20);
        fields.flag("tcp.flags.ack", 13, 0x10);
        fields.flag("tcp.flags.push", 13, 0x08);
        fields.flag("tcp.flags.reset", 13, 0x04);
        fields.flag("tcp.flags.syn", 13, 0x02);
        fields.flag("tcp.flags.fin", 13, 0x01);
        fields.u16("tcp.window_size_value", 14);
        fields.hex16("tcp.checksum", 16);
        fields.u16("tcp.urgent_pointer", 18);
        int captured = Math.min(headerBytes, bytes.length() - at);
        if (captured > FIXED_BYTES) {
            fields.colons("tcp.options", FIXED_BYTES, captured - FIXED_BYTES);
            options(bytes, at, captured, fields);
        }
        if (bytes.has(at, FIXED_BYTES)) {
            layers.headerEnd = Math.min(bytes.length(), at + headerBytes);
            layers.extend("tcp", layers.headerEnd);
            layers.info = info(bytes, at, length - headerBytes);
        }
    }

    private static void options(Bytes bytes, int at, int headerBytes, Fields fields) {
        int option = FIXED_BYTES;
        while (option < headerBytes) {
            int kind = bytes.u8(at + option);
            if (kind == 0) {
                return;
            }
            fields.add("tcp.option_kind", (long) kind);
            if (kind == 1) {
                option++;
                continue;
            }
            int length = option + 1 < headerBytes ? bytes.u8(at + option + 1) : 0;
            if (length < 2 || option + length > headerBytes) {
                return;
            }
            describe(kind, length, bytes, at + option, fields);
            option += length;
        }
    }

    private static void describe(int kind, int length, Bytes bytes, int at, Fields fields) {
        if (kind == 2 && length == 4) {
            fields.add("tcp.options.mss_val", (long) bytes.u16(at + 2));
        } else if (kind == 3 && length == 3) {
            fields.add("tcp.options.wscale.shift", (long) bytes.u8(at + 2));
        } else if (kind == 4 && length == 2) {
            fields.add("tcp.options.sack_perm", bytes.colons(at, 2));
        } else if (kind == 5 && (length - 2) % 8 == 0) {
            for (int block = at + 2; block < at + length; block += 8) {
                fields.add("tcp.options.sack_le", bytes.u32(block));
                fields.add("tcp.options.sack_re", bytes.u32(block + 4));
            }
        } else if (kind == 8 && length == 10) {
            fields.add("tcp.options.timestamp.tsval", bytes.u32(at + 2));
            fields.add("tcp.options.timestamp.tsecr", bytes.u32(at + 6));
        }
    }

    private static String info(Bytes bytes, int at, int payload) {
        StringBuilder text = new StringBuilder("Flags [");
        int flags = bytes.u8(at + 13);
        if (flags == 0) {
            text.append("none");
        }
        for (int bit = 0; bit < 8; bit++) {
            if ((flags & 1 << bit) != 0) {
                text.append(LETTERS.charAt(bit));
            }
        }
        text.append("], seq ").append(bytes.u32(at + 4));
        if ((flags & 0x10) != 0) {
            text.append(", ack ").append(bytes.u32(at + 8));
        }
        return text.append(", win ")
                .append(bytes.u16(at + 14))
                .append(", length ")
                .append(Math.max(0, payload))
                .toString();
    }
}
