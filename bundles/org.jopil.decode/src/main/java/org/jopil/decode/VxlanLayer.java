// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** VXLAN (RFC 7348). */
final class VxlanLayer {
    static final int PORT = 4789;
    private static final int BYTES = 8;

    private VxlanLayer() {}

    static void read(Bytes bytes, int at, int end, Layers layers) {
        if (!bytes.has(at, BYTES)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        layers.put("vxlan", fields, BYTES);
        fields.hex16("vxlan.flags", 0);
        fields.put("vxlan.vni", bytes.u32(at + 4) >>> 8);
        layers.headerEnd = at + BYTES;
        String tunnel = "VXLAN " + (bytes.u32(at + 4) >>> 8);
        PacketDecoder.carried(tunnel, EtherTypes.TRANSPARENT_ETHERNET, bytes, at + BYTES, end, layers);
    }
}
