// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.api.event.PacketBatch;
import org.jopil.api.event.Protocols;

/** A TCP segment, read from the captured header bytes of a row (RFC 9293, RFC 7323). Reused; one thread. */
final class TcpSegment {
    /** Scale that was not offered. */
    static final int NO_SCALE = -1;

    /** More than any link, VLAN, IP and TCP header; the sensor captures less. */
    private static final int MOST_BYTES = 512;

    private static final int ETHERNET_BYTES = 14;
    private static final int IPV6_BYTES = 40;
    private static final int TCP_BYTES = 20;
    private static final int FRAGMENT_HEADER = 44;
    private static final int END_OF_OPTIONS = 0;
    private static final int NO_OPERATION = 1;
    private static final int WINDOW_SCALE = 3;
    private static final int SACK = 5;
    /** RFC 7323 section 2.3. */
    private static final int MOST_SCALE = 14;

    long timestampNs;
    int cpu;
    int innerVlan;
    int sequence;
    int acknowledgment;
    /** CWR to FIN. */
    int flags;
    /** As it was sent. */
    int window;

    int payloadBytes;
    /** Only of a SYN. */
    int scale;
    /** Whether it has SACK blocks. */
    boolean sack;

    private final byte[] bytes = new byte[MOST_BYTES];
    private int captured;

    /** Whether the row is TCP, no fragment, and its header was captured whole. */
    boolean read(PacketBatch batch, int row) {
        if (batch.ipProtocol(row) != Protocols.TCP || batch.isFragment(row) || !batch.hasPorts(row)) {
            return false;
        }
        if (batch.capturedLength(row) > MOST_BYTES) {
            return false;
        }
        captured = batch.copyCaptured(row, bytes, 0);
        timestampNs = batch.timestampNs(row);
        cpu = batch.cpu(row);
        int at = network(batch.isLayer3(row), batch.acceleratedVlan(row) != 0);
        if (at < 0 || at + TCP_BYTES > captured) {
            return false;
        }
        int ip = at;
        int end;
        if (bytes[at] >>> 4 == 4) {
            end = end(ip, u16(at + 2), batch, row);
            at += (bytes[at] & 15) << 2;
        } else {
            if (at + IPV6_BYTES > captured) {
                return false;
            }
            end = end(ip + IPV6_BYTES, u16(at + 4), batch, row);
            at = transport(at + IPV6_BYTES, bytes[at + 6] & 255);
        }
        if (at < 0 || at + TCP_BYTES > captured) {
            return false;
        }
        int header = (bytes[at + 12] >>> 4 & 15) << 2;
        if (header < TCP_BYTES || end < at + header) {
            return false;
        }
        sequence = i32(at + 4);
        acknowledgment = i32(at + 8);
        flags = bytes[at + 13] & 255;
        window = u16(at + 14);
        payloadBytes = end - at - header;
        options(at + TCP_BYTES, Math.min(at + header, captured));
        return true;
    }

    /** Of the IP packet; a super-packet for which the length field has no room says 0. */
    private static int end(int from, int length, PacketBatch batch, int row) {
        return length == 0 ? batch.lengthBytes(row) : from + length;
    }

    /** Where the IP header is; the tags before it leave the inner VLAN id. */
    private int network(boolean layer3, boolean accelerated) {
        innerVlan = 0;
        if (layer3) {
            return 0;
        }
        int type = ETHERNET_BYTES - 2;
        int tags = accelerated ? 1 : 0;
        while (type + 6 <= captured && isTag(u16(type))) {
            if (++tags == 2) {
                innerVlan = u16(type + 2) & 0xFFF;
            }
            type += 4;
        }
        return type + 2;
    }

    private static boolean isTag(int etherType) {
        return etherType == 0x8100 || etherType == 0x88A8;
    }

    /** Behind the extension headers (RFC 8200), -1 if it is not TCP or not captured. */
    private int transport(int from, int first) {
        int at = from;
        int next = first;
        while (next != Protocols.TCP) {
            boolean known = next == 0 || next == 43 || next == 60 || next == FRAGMENT_HEADER || next == 51;
            if (!known || at + 8 > captured) {
                return -1;
            }
            int units = bytes[at + 1] & 255;
            int length = next == FRAGMENT_HEADER ? 8 : next == 51 ? (units + 2) * 4 : (units + 1) * 8;
            next = bytes[at] & 255;
            at += length;
        }
        return at;
    }

    private void options(int from, int end) {
        scale = NO_SCALE;
        sack = false;
        int at = from;
        while (at < end && bytes[at] != END_OF_OPTIONS) {
            if (bytes[at] == NO_OPERATION) {
                at++;
                continue;
            }
            int length = at + 1 < end ? bytes[at + 1] & 255 : 0;
            if (length < 2 || at + length > end) {
                return;
            }
            if (bytes[at] == WINDOW_SCALE && length == 3) {
                scale = Math.min(bytes[at + 2] & 255, MOST_SCALE);
            }
            sack |= bytes[at] == SACK && length > 2;
            at += length;
        }
    }

    private int u16(int at) {
        return (bytes[at] & 255) << 8 | bytes[at + 1] & 255;
    }

    private int i32(int at) {
        return u16(at) << 16 | u16(at + 2);
    }
}
