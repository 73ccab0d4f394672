// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** IEEE 802.2 and its SNAP extension. */
final class LlcLayer {
    private static final int BYTES = 3;
    private static final int SNAP_BYTES = 8;
    private static final int SNAP = 0xAA;
    private static final int IP = 0x06;
    /** Bits of the control field: of other frames it has a second byte. */
    private static final int UNNUMBERED = 0x03;

    private static final int UNNUMBERED_INFORMATION = 0x03;
    private static final int ENCAPSULATED_ETHERNET = 0;

    private LlcLayer() {}

    static void read(Bytes bytes, int at, int end, Layers layers) {
        layers.info = "LLC, length " + Math.max(0, end - at);
        if (!bytes.has(at, BYTES)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        boolean unnumbered = (bytes.u8(at + 2) & UNNUMBERED) == UNNUMBERED;
        layers.put("llc", fields, unnumbered ? BYTES : BYTES + 1);
        fields.hex8("llc.dsap", 0);
        fields.hex8("llc.ssap", 1);
        layers.headerEnd = Math.min(bytes.length(), unnumbered ? at + BYTES : at + BYTES + 1);
        if (bytes.u8(at + 2) != UNNUMBERED_INFORMATION) {
            return;
        }
        if (bytes.u8(at) == IP && bytes.u8(at + 1) == IP) {
            PacketDecoder.network(EtherTypes.IPV4, bytes, at + BYTES, end, layers);
        } else if (bytes.u8(at) == SNAP && bytes.u8(at + 1) == SNAP && bytes.has(at, SNAP_BYTES)) {
            int organization = bytes.u8(at + 3) << 16 | bytes.u16(at + 4);
            fields.put("llc.oui", (long) organization);
            layers.headerEnd = at + SNAP_BYTES;
            layers.extend("llc", layers.headerEnd);
            if (organization == ENCAPSULATED_ETHERNET) {
                fields.hex16("llc.type", 6);
                PacketDecoder.network(bytes.u16(at + 6), bytes, at + SNAP_BYTES, end, layers);
            }
        }
    }
}
