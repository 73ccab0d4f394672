// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** The label stack of MPLS (RFC 3032); what is under it shows by its version nibble (RFC 4928). */
final class MplsLayer {
    private static final int BYTES = 4;
    private static final int MOST_LABELS = 16;

    private MplsLayer() {}

    static void read(Bytes bytes, int start, int end, Layers layers) {
        int at = start;
        boolean bottom = false;
        for (int i = 0; i < MOST_LABELS && !bottom; i++) {
            if (!bytes.has(at, BYTES)) {
                return;
            }
            long entry = bytes.u32(at);
            bottom = (entry & 0x100) != 0;
            Fields fields = new Fields(bytes, at);
            fields.put("mpls.label", entry >>> 12);
            fields.put("mpls.exp", entry >>> 9 & 7);
            fields.put("mpls.bottom", bottom);
            fields.put("mpls.ttl", entry & 0xFF);
            layers.add("mpls", fields.values(), fields.position(BYTES));
            at += BYTES;
        }
        layers.headerEnd = at;
        layers.info = "MPLS, length " + Math.max(0, end - at);
        int etherType = bottom ? PacketDecoder.etherTypeByVersion(bytes, at) : 0;
        if (etherType != 0) {
            PacketDecoder.carried("MPLS", etherType, bytes, at, end, layers);
        }
    }
}
