// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** ESP (RFC 4303): what stands in clear. */
final class EspLayer {
    private static final int BYTES = 8;

    private EspLayer() {}

    static void read(Bytes bytes, int at, int length, Layers layers) {
        layers.info = "ESP, length " + length;
        if (!bytes.has(at, BYTES)) {
            return;
        }
        Fields fields = new Fields(bytes, at);
        fields.hex32("esp.spi", 0);
        fields.u32("esp.sequence", 4);
        layers.put("esp", fields, BYTES);
        layers.headerEnd = at + BYTES;
    }
}
