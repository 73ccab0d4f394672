// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** Geneve (RFC 8926). */
final class GeneveLayer {
    static final int PORT = 6081;
    private static final int BYTES = 8;

    private GeneveLayer() {}

    static void read(Bytes bytes, int at, int end, Layers layers) {
        if (!bytes.has(at, BYTES)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        layers.put("geneve", fields, BYTES);
        fields.bits("geneve.version", 0, 6, 3);
        fields.hex16("geneve.proto_type", 2);
        fields.put("geneve.vni", Fields.hex(bytes.u32(at + 4) >>> 8, 6));
        int carried = at + BYTES + (bytes.u8(at) & 0x3F) * 4;
        layers.headerEnd = Math.min(bytes.length(), carried);
        layers.extend("geneve", layers.headerEnd);
        String tunnel = "Geneve " + (bytes.u32(at + 4) >>> 8);
        PacketDecoder.carried(tunnel, bytes.u16(at + 2), bytes, carried, end, layers);
    }
}
