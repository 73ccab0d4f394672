// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The options of one packet (pcapng, Enhanced Packet Block), to be read and to be written; reusable. For one thread.
 * A value is there only if it was set; reading one that is not gives 0.
 */
public final class PacketOptions {
    /** Bits 0 and 1 of the flags: nothing is known of the direction. */
    public static final int DIRECTION_UNKNOWN = 0;

    /** Bits 0 and 1 of the flags: the packet was received. */
    public static final int DIRECTION_INBOUND = 1;

    /** Bits 0 and 1 of the flags: the packet was sent. */
    public static final int DIRECTION_OUTBOUND = 2;

    private static final int FLAGS = 1;
    private static final int DROP_COUNT = 1 << 1;
    private static final int PACKET_ID = 1 << 2;
    private static final int QUEUE = 1 << 3;
    private static final int TC_VERDICT = 1 << 4;
    private static final int XDP_VERDICT = 1 << 5;

    private final List<String> comments = new ArrayList<>(0);
    private final List<String> commentsView = Collections.unmodifiableList(comments);
    private int present;
    private int flags;
    private int queue;
    private long dropCount;
    private long packetId;
    private long tcVerdict;
    private long xdpVerdict;

    /** Takes every value away. */
    public PacketOptions clear() {
        present = 0;
        flags = 0;
        queue = 0;
        dropCount = 0;
        packetId = 0;
        tcVerdict = 0;
        xdpVerdict = 0;
        if (!comments.isEmpty()) {
            comments.clear();
        }
        return this;
    }

    /** Comments in their order. */
    public List<String> comments() {
        return commentsView;
    }

    /** Adds a comment; its UTF-8 form must have at most 65,535 bytes, which the writer checks. */
    public PacketOptions comment(String text) {
        comments.add(text);
        return this;
    }

    public boolean hasFlags() {
        return has(FLAGS);
    }

    /** epb_flags as they are in the file. */
    public int flags() {
        return flags;
    }

    public PacketOptions flags(int value) {
        flags = value;
        return set(FLAGS);
    }

    /** One of the DIRECTION_ values. */
    public int direction() {
        return flags & 3;
    }

    public PacketOptions direction(int value) {
        return flags(flags & ~3 | value);
    }

    public boolean hasDropCount() {
        return has(DROP_COUNT);
    }

    /** Packets of this interface lost between this one and the one before. */
    public long dropCount() {
        return dropCount;
    }

    public PacketOptions dropCount(long packets) {
        dropCount = packets;
        return set(DROP_COUNT);
    }

    public boolean hasPacketId() {
        return has(PACKET_ID);
    }

    /** Identity of the packet: equal wherever the same packet is seen again. */
    public long packetId() {
        return packetId;
    }

    public PacketOptions packetId(long id) {
        packetId = id;
        return set(PACKET_ID);
    }

    public boolean hasQueue() {
        return has(QUEUE);
    }

    /** Queue of the interface that received the packet. */
    public int queue() {
        return queue;
    }

    public PacketOptions queue(int number) {
        queue = number;
        return set(QUEUE);
    }

    public boolean hasTcVerdict() {
        return has(TC_VERDICT);
    }

    /** What a tc program decided, as a TC_ACT_ value. */
    public long tcVerdict() {
        return tcVerdict;
    }

    public PacketOptions tcVerdict(long action) {
        tcVerdict = action;
        return set(TC_VERDICT);
    }

    public boolean hasXdpVerdict() {
        return has(XDP_VERDICT);
    }

    /** What an XDP program decided, as an XDP_ value. */
    public long xdpVerdict() {
        return xdpVerdict;
    }

    public PacketOptions xdpVerdict(long action) {
        xdpVerdict = action;
        return set(XDP_VERDICT);
    }

    private boolean has(int bit) {
        return (present & bit) != 0;
    }

    private PacketOptions set(int bit) {
        present |= bit;
        return this;
    }
}
