// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** Ethernet II and IEEE 802.3. */
final class EthernetLayer {
    static final int BYTES = 14;

    private EthernetLayer() {}

    /** Returns the EtherType of what follows the header in the bytes: 0 for LLC, -1 if the header was not captured. */
    static int read(Bytes bytes, int at, int acceleratedVlan, Layers layers) {
        if (!bytes.has(at, BYTES)) {
            return -1;
        }
        Fields fields = new Fields(bytes, at);
        fields.mac("eth.dst", 0);
        fields.mac("eth.src", 6);
        int inFrame = bytes.u16(at + 12);
        int onWire = acceleratedVlan == 0 ? inFrame : acceleratedVlan >>> 16;
        if (onWire >= EtherTypes.SMALLEST) {
            fields.put("eth.type", Fields.hex(onWire, 4));
        } else {
            fields.put("eth.len", (long) onWire);
        }
        layers.put("eth", fields, BYTES);
        if (acceleratedVlan != 0) {
            layers.add("vlan", VlanLayer.tag(acceleratedVlan & 0xFFFF, inFrame), null);
        }
        return EtherTypes.orLlc(inFrame);
    }
}
