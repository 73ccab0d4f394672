// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal.decode;

/** Ethernet II and IEEE 802.3. */
final class EthernetLayer {
    static final int BYTES = 14;

    private EthernetLayer() {}

    /** Returns the EtherType of what follows the header in the bytes; 0 if that is unknown or LLC. */
    static int read(Bytes bytes, int acceleratedVlan, Layers layers) {
        Fields fields = new Fields(bytes, 0);
        fields.mac("eth.dst", 0);
        fields.mac("eth.src", 6);
        int inFrame = bytes.has(12, 2) ? bytes.u16(12) : -1;
        int onWire = acceleratedVlan == 0 ? inFrame : acceleratedVlan >>> 16;
        if (onWire >= EtherTypes.SMALLEST) {
            fields.put("eth.type", Fields.hex(onWire, 4));
        } else if (onWire >= 0) {
            fields.put("eth.len", (long) onWire);
        }
        layers.eth = fields.values();
        if (acceleratedVlan != 0) {
            layers.vlans.add(VlanLayer.tag(acceleratedVlan & 0xFFFF, inFrame));
        }
        return EtherTypes.orLlc(inFrame);
    }
}
