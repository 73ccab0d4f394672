// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap.internal;

/** Numbers of pcapng (draft-ietf-opsawg-pcapng). */
final class Blocks {
    static final int SECTION_HEADER = 0x0A0D0D0A;
    static final int INTERFACE = 1;
    static final int OBSOLETE_PACKET = 2;
    static final int SIMPLE_PACKET = 3;
    static final int STATISTICS = 5;
    static final int ENHANCED_PACKET = 6;

    static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;

    /** Type, length, and the length again behind the body. */
    static final int FRAME_BYTES = 12;

    static final int OPTION_END = 0;
    static final int OPTION_COMMENT = 1;

    static final int SECTION_HARDWARE = 2;
    static final int SECTION_OS = 3;
    static final int SECTION_APPLICATION = 4;

    static final int INTERFACE_NAME = 2;
    static final int INTERFACE_DESCRIPTION = 3;
    static final int INTERFACE_TIME_RESOLUTION = 9;
    static final int INTERFACE_FILTER = 11;
    static final int INTERFACE_TIME_OFFSET = 14;

    static final int PACKET_FLAGS = 2;
    static final int PACKET_DROP_COUNT = 4;
    static final int PACKET_ID = 5;
    static final int PACKET_QUEUE = 6;
    static final int PACKET_VERDICT = 7;

    static final int VERDICT_TC = 1;
    static final int VERDICT_XDP = 2;

    static final int STATISTICS_START = 2;
    static final int STATISTICS_END = 3;
    static final int STATISTICS_RECEIVED = 4;
    static final int STATISTICS_DROPPED = 5;
    static final int STATISTICS_ACCEPTED = 6;
    static final int STATISTICS_OS_DROPPED = 7;
    static final int STATISTICS_DELIVERED = 8;

    private Blocks() {}

    /** Bodies and options are filled up to 32 bits. */
    static int padded(int bytes) {
        return bytes + 3 & ~3;
    }
}
