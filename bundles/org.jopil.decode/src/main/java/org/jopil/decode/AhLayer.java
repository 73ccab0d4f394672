// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** The authentication header (RFC 4302) in IPv4 and IPv6. */
final class AhLayer {
    private static final int FIXED_BYTES = 12;

    private AhLayer() {}

    static void read(Bytes bytes, int at, int length, PseudoHeader ip, Layers layers) {
        int header = describe(bytes, at, layers);
        if (header > 0 && header <= length) {
            PacketDecoder.transport(bytes.u8(at), bytes, at + header, length - header, ip, layers);
        }
    }

    /** Returns its length; 0 if its fixed part was not captured. */
    static int describe(Bytes bytes, int at, Layers layers) {
        layers.info = "AH, truncated header";
        if (!bytes.has(at, FIXED_BYTES)) {
            return 0;
        }
        Fields fields = new Fields(bytes, at);
        fields.u8("ah.next_header", 0);
        fields.u8("ah.length", 1);
        fields.hex32("ah.spi", 4);
        fields.u32("ah.sequence", 8);
        int header = (bytes.u8(at + 1) + 2) * 4;
        layers.put("ah", fields, header);
        layers.headerEnd = Math.min(bytes.length(), at + header);
        return header;
    }
}
