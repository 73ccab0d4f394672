// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** GRE (RFC 2784) with key and sequence number (RFC 2890), and the enhanced GRE of PPTP (RFC 2637). */
final class GreLayer {
    private static final int BYTES = 4;
    private static final int CHECKSUM = 0x8000;
    private static final int ROUTING = 0x4000;
    private static final int KEY = 0x2000;
    private static final int SEQUENCE = 0x1000;
    private static final int VERSION = 7;
    /** Its key field holds a length and a call id. */
    private static final int ENHANCED = 1;

    private static final int ACKNOWLEDGMENT = 0x0080;

    private GreLayer() {}

    static void read(Bytes bytes, int start, int end, Layers layers) {
        if (!bytes.has(start, BYTES)) {
            return;
        }
        Fields fields = new Fields(bytes, start);
        layers.put("gre", fields, BYTES);
        int flags = bytes.u16(start);
        int type = bytes.u16(start + 2);
        fields.hex16("gre.flags_and_version", 0);
        fields.hex16("gre.proto", 2);
        int at = BYTES;
        if ((flags & (CHECKSUM | ROUTING)) != 0) {
            at += 4;
        }
        if ((flags & KEY) != 0) {
            if ((flags & VERSION) == 0) {
                fields.hex32("gre.key", at);
            }
            at += 4;
        }
        if ((flags & SEQUENCE) != 0) {
            fields.u32("gre.sequence_number", at);
            at += 4;
        }
        if ((flags & VERSION) == ENHANCED && (flags & ACKNOWLEDGMENT) != 0) {
            at += 4;
        }
        layers.headerEnd = Math.min(bytes.length(), start + at);
        layers.extend("gre", layers.headerEnd);
        if ((flags & ROUTING) == 0) {
            PacketDecoder.carried("GRE", type, bytes, start + at, end, layers);
        }
    }
}
