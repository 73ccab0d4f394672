// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.bpf.MappedRegion;

/**
 * Whose packet it is: addresses, ports and flags of what the kernel captured of it, read where it lies in the ring. One
 * thread; allocates nothing. What was cut off stays 0.
 */
final class PacketHeaders {
    private static final int ETHERNET_BYTES = 14;
    private static final int VLAN_BYTES = 4;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int MOST_VLANS = 4;
    private static final int MOST_EXTENSIONS = 8;

    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88a8;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION = 60;

    int etherType;
    int ipProtocol;
    long srcHi;
    long srcLo;
    long dstHi;
    long dstLo;
    int srcPort;
    int dstPort;
    int tcpFlags;
    /** As the IP header says; 0 where there is none, and of a packet that is too large for it to say. */
    int ipBytes;

    private MappedRegion data;
    private long at;
    private long end;

    /** Reads a packet that begins with its IP header. */
    void readIp(MappedRegion ring, long from, int bytes) {
        begin(ring, from, bytes, 0);
        if (has(1)) {
            int version = data.getUnsignedByte(at) >> 4;
            etherType = version == 4 ? IPV4 : version == 6 ? IPV6 : 0;
        }
        ip();
    }

    /** Reads a packet that begins with its IP header, if its EtherType says so. */
    void readNetwork(MappedRegion ring, long from, int bytes, int type) {
        begin(ring, from, bytes, type);
        ip();
    }

    /** Reads a frame from its Ethernet header on, if that is there; the EtherType is the innermost then. */
    void readFrame(MappedRegion ring, long from, int bytes, int type) {
        begin(ring, from, bytes, type);
        ethernet();
        ip();
    }

    private void begin(MappedRegion ring, long from, int bytes, int type) {
        data = ring;
        at = from;
        end = from + bytes;
        etherType = type;
        ipProtocol = 0;
        srcHi = 0;
        srcLo = 0;
        dstHi = 0;
        dstLo = 0;
        srcPort = 0;
        dstPort = 0;
        tcpFlags = 0;
        ipBytes = 0;
    }

    private void ip() {
        switch (etherType) {
            case IPV4 -> ipv4();
            case IPV6 -> ipv6();
            default -> {}
        }
    }

    private boolean has(int bytes) {
        return at + bytes <= end;
    }

    private void ethernet() {
        if (!has(ETHERNET_BYTES)) {
            at = end;
            return;
        }
        etherType = data.getUnsignedShortBigEndian(at + ETHERNET_BYTES - 2);
        at += ETHERNET_BYTES;
        for (int i = 0; i < MOST_VLANS && (etherType == VLAN || etherType == SERVICE_VLAN) && has(VLAN_BYTES); i++) {
            etherType = data.getUnsignedShortBigEndian(at + 2);
            at += VLAN_BYTES;
        }
    }

    private void ipv4() {
        if (!has(20) || data.getUnsignedByte(at) >> 4 != 4) {
            return;
        }
        ipProtocol = data.getUnsignedByte(at + 9);
        ipBytes = data.getUnsignedShortBigEndian(at + 2);
        srcLo = Addresses.mapped(data.getIntBigEndian(at + 12));
        dstLo = Addresses.mapped(data.getIntBigEndian(at + 16));
        boolean laterFragment = (data.getUnsignedShortBigEndian(at + 6) & 0x1fff) != 0;
        at += (data.getUnsignedByte(at) & 15) * 4L;
        if (!laterFragment) {
            ports();
        }
    }

    private void ipv6() {
        if (!has(IPV6_HEADER_BYTES) || data.getUnsignedByte(at) >> 4 != 6) {
            return;
        }
        srcHi = data.getLongBigEndian(at + 8);
        srcLo = data.getLongBigEndian(at + 16);
        dstHi = data.getLongBigEndian(at + 24);
        dstLo = data.getLongBigEndian(at + 32);
        ipProtocol = data.getUnsignedByte(at + 6);
        int payloadBytes = data.getUnsignedShortBigEndian(at + 4);
        ipBytes = payloadBytes == 0 ? 0 : IPV6_HEADER_BYTES + payloadBytes;
        at += IPV6_HEADER_BYTES;
        for (int i = 0; i < MOST_EXTENSIONS && isExtension(ipProtocol) && has(8); i++) {
            int header = ipProtocol;
            ipProtocol = data.getUnsignedByte(at);
            if (header == FRAGMENT) {
                boolean later = (data.getUnsignedShortBigEndian(at + 2) & 0xfff8) != 0;
                at += 8;
                if (later) {
                    return;
                }
            } else {
                int length = data.getUnsignedByte(at + 1);
                at += header == AUTHENTICATION ? (length + 2) * 4L : (length + 1) * 8L;
            }
        }
        ports();
    }

    private static boolean isExtension(int header) {
        return header == HOP_BY_HOP
                || header == ROUTING
                || header == FRAGMENT
                || header == AUTHENTICATION
                || header == DESTINATION;
    }

    /** Of ICMP type and code, as in flows. */
    private void ports() {
        switch (ipProtocol) {
            case Protocols.TCP, Protocols.UDP, Protocols.SCTP, Protocols.UDP_LITE -> {
                if (has(4)) {
                    srcPort = data.getUnsignedShortBigEndian(at);
                    dstPort = data.getUnsignedShortBigEndian(at + 2);
                }
                if (ipProtocol == Protocols.TCP && has(14)) {
                    tcpFlags = data.getUnsignedByte(at + 13);
                }
            }
            case Protocols.ICMP, Protocols.ICMPV6 -> {
                if (has(2)) {
                    srcPort = data.getUnsignedByte(at);
                    dstPort = data.getUnsignedByte(at + 1);
                }
            }
            default -> {}
        }
    }
}
