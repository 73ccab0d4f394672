// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** Where a packet with a routing header goes in the end: checksums cover that address (RFC 8200 section 8.1). */
final class RoutingHeader {
    private static final int ADDRESS_BYTES = 16;
    private static final int ADDRESSES_OFFSET = 8;
    private static final int SOURCE_ROUTE = 0;
    private static final int MOBILE_IPV6 = 2;
    /** RFC 8754: its list is written backwards, the last segment stands first. */
    private static final int SEGMENT_ROUTING = 4;

    private RoutingHeader() {}

    /** What to add to the sum of the addresses so that the final destination stands in place of the one at {@code dst}. */
    static long destination(Bytes bytes, int at, int length, int dst) {
        boolean arrived = bytes.u8(at + 3) == 0;
        int last =
                switch (bytes.u8(at + 2)) {
                    case SOURCE_ROUTE, MOBILE_IPV6 -> at + length - ADDRESS_BYTES;
                    case SEGMENT_ROUTING -> at + ADDRESSES_OFFSET;
                    default -> -1;
                };
        if (arrived || last < at + ADDRESSES_OFFSET || !bytes.has(last, ADDRESS_BYTES)) {
            return 0;
        }
        return Checksums.sum(bytes, last, ADDRESS_BYTES) - Checksums.sum(bytes, dst, ADDRESS_BYTES);
    }
}
