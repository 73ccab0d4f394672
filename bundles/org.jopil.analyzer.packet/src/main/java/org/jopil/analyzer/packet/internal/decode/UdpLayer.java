// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal.decode;

/** UDP (RFC 768). */
final class UdpLayer {
    private static final int BYTES = 8;

    private UdpLayer() {}

    static void read(Bytes bytes, int at, int length, Layers layers) {
        Fields fields = new Fields(bytes, at);
        fields.u16("udp.srcport", 0);
        fields.u16("udp.dstport", 2);
        if (fields.values().isEmpty()) {
            return;
        }
        fields.u16("udp.length", 4);
        fields.hex16("udp.checksum", 6);
        layers.udp = fields.values();
        layers.headerEnd = Math.min(bytes.length(), at + BYTES);
        layers.info = "UDP, length " + Math.max(0, length - BYTES);
    }
}
