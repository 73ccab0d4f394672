// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** The common header of SCTP (RFC 9260). */
final class SctpLayer {
    private static final int BYTES = 12;

    private SctpLayer() {}

    static void read(Bytes bytes, int at, int length, Layers layers) {
        Fields fields = new Fields(bytes, at);
        fields.u16("sctp.srcport", 0);
        fields.u16("sctp.dstport", 2);
        if (fields.values().isEmpty()) {
            return;
        }
        fields.hex32("sctp.verification_tag", 4);
        fields.hex32("sctp.checksum", 8);
        layers.put("sctp", fields, BYTES);
        layers.headerEnd = Math.min(bytes.length(), at + BYTES);
        layers.info = "SCTP, length " + Math.max(0, length - BYTES);
    }
}
