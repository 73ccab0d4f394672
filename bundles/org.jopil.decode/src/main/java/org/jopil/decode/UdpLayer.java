// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import org.jopil.api.event.Protocols;

/** UDP (RFC 768). */
final class UdpLayer {
    private static final int BYTES = 8;
    /** RFC 7510. */
    private static final int MPLS_PORT = 6635;

    private static final int ESP_PORT = 4500;

    private UdpLayer() {}

    static void read(Bytes bytes, int at, int length, PseudoHeader ip, Layers layers) {
        Fields fields = new Fields(bytes, at);
        fields.u16("udp.srcport", 0);
        fields.u16("udp.dstport", 2);
        if (fields.values().isEmpty()) {
            return;
        }
        fields.u16("udp.length", 4);
        fields.hex16("udp.checksum", 6);
        layers.put("udp", fields, BYTES);
        layers.headerEnd = Math.min(bytes.length(), at + BYTES);
        layers.info = "UDP, length " + Math.max(0, length - BYTES);
        if (!bytes.has(at, BYTES)) {
            return;
        }
        fields.put("udp.checksum.status", status(bytes, at, length, ip));
        int end = at + length;
        switch (wellKnown(bytes.u16(at), bytes.u16(at + 2))) {
            case VxlanLayer.PORT -> VxlanLayer.read(bytes, at + BYTES, end, layers);
            case GeneveLayer.PORT -> GeneveLayer.read(bytes, at + BYTES, end, layers);
            case MPLS_PORT -> MplsLayer.read(bytes, at + BYTES, end, layers);
            case ESP_PORT -> encapsulated(bytes, at + BYTES, length - BYTES, layers);
            default -> {}
        }
    }

    private static int wellKnown(int source, int destination) {
        return source == ESP_PORT ? ESP_PORT : destination;
    }

    /** ESP unless a key exchange follows (RFC 3948): then the first word is 0, and of a keepalive there is none. */
    private static void encapsulated(Bytes bytes, int at, int length, Layers layers) {
        if (length >= 4 && bytes.has(at, 4) && bytes.u32(at) != 0) {
            EspLayer.read(bytes, at, length, layers);
        }
    }

    private static long status(Bytes bytes, int at, int length, PseudoHeader ip) {
        int covered = bytes.u16(at + 4);
        if (bytes.u16(at + 6) == 0) {
            return Checksums.NOT_PRESENT;
        }
        if (ip.fragment() || covered < BYTES || covered > length || !bytes.has(at, covered)) {
            return Checksums.UNVERIFIED;
        }
        return Checksums.status(ip.addressSum() + Protocols.UDP + covered + Checksums.sum(bytes, at, covered));
    }
}
