// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Direction;
import org.jopil.api.event.PacketBatch;
import org.jopil.decode.Layers;
import org.jopil.decode.LinkType;
import org.jopil.decode.PacketDecoder;
import org.jopil.testkit.Capture;

/** Frames of a capture as the sensor hands them over; the decoder stands in for the kernel's parser. */
final class CaptureBatch implements PacketBatch {
    private record Packet(
            Capture.Frame frame,
            int captured,
            int etherType,
            int vlan,
            int ipProtocol,
            long[] src,
            long[] dst,
            int srcPort,
            int dstPort,
            boolean hasPorts,
            boolean fragment,
            boolean malformed,
            int tcpFlags) {}

    private static final long[] NONE = {0, 0};

    private final boolean layer3;
    private final long firstSequence;
    private final List<Packet> packets = new ArrayList<>();
    private int weight = 1;
    private long lostBefore;

    CaptureBatch(Capture capture, long firstSequence) {
        this.layer3 = Captures.isLayer3(capture);
        this.firstSequence = firstSequence;
        for (Capture.Frame frame : capture.frames()) {
            packets.add(packet(frame, layer3));
        }
    }

    CaptureBatch sampled(int wanted) {
        weight = wanted;
        return this;
    }

    CaptureBatch after(long rows) {
        lostBefore = rows;
        return this;
    }

    private static Packet packet(Capture.Frame frame, boolean layer3) {
        Layers layers = PacketDecoder.decode(
                frame.data(),
                Math.min(PacketStore.CAPTURE_BYTES, frame.data().length),
                frame.length(),
                0,
                layer3 ? LinkType.RAW : LinkType.ETHERNET);
        Map<?, ?> ip = (Map<?, ?>) layers.get("ip");
        Map<?, ?> ipv6 = (Map<?, ?>) layers.get("ipv6");
        Map<?, ?> eth = (Map<?, ?>) layers.get("eth");
        List<?> vlans = (List<?>) layers.get("vlan");
        Object typeText = vlans != null
                ? ((Map<?, ?>) vlans.get(vlans.size() - 1)).get("vlan.etype")
                : eth != null ? eth.get("eth.type") : ip != null ? "0x0800" : "0x86dd";
        int etherType = typeText == null ? 0 : Integer.decode(typeText.toString());
        int vlan = vlans == null ? 0 : number((Map<?, ?>) vlans.get(0), "vlan.id");
        boolean isIp = etherType == 0x0800 || etherType == 0x86DD;
        boolean malformed =
                isIp && !(ip != null && ip.containsKey("ip.dst")) && !(ipv6 != null && ipv6.containsKey("ipv6.dst"));
        int protocol = !isIp || malformed ? -1 : protocol(ip, ipv6);
        int srcPort = 0;
        int dstPort = 0;
        boolean hasPorts = false;
        for (String[] transport : new String[][] {
            {"tcp", "tcp.srcport", "tcp.dstport", "tcp.urgent_pointer"},
            {"udp", "udp.srcport", "udp.dstport", "udp.checksum"},
            {"sctp", "sctp.srcport", "sctp.dstport", "sctp.checksum"},
            {"icmp", "icmp.type", "icmp.code", "icmp.checksum"},
            {"icmpv6", "icmpv6.type", "icmpv6.code", "icmpv6.checksum"}
        }) {
            Map<?, ?> fields = (Map<?, ?>) layers.get(transport[0]);
            if (fields != null && fields.containsKey(transport[3])) {
                srcPort = number(fields, transport[1]);
                dstPort = number(fields, transport[2]);
                hasPorts = true;
            }
        }
        boolean fragment = ip != null
                        && !malformed
                        && (number(ip, "ip.frag_offset") != 0 || Boolean.TRUE.equals(ip.get("ip.flags.mf")))
                || ipv6 != null && ipv6.containsKey("ipv6.fraghdr.ident");
        Map<?, ?> tcp = (Map<?, ?>) layers.get("tcp");
        int tcpFlags = tcp == null || !tcp.containsKey("tcp.flags") ? 0 : Integer.decode((String) tcp.get("tcp.flags"));
        return new Packet(
                frame,
                layers.headerEnd(),
                etherType,
                vlan,
                protocol,
                address(ip, "ip.src", ipv6, "ipv6.src"),
                address(ip, "ip.dst", ipv6, "ipv6.dst"),
                srcPort,
                dstPort,
                hasPorts,
                fragment,
                malformed,
                tcpFlags & 0xFF);
    }

    private static int protocol(Map<?, ?> ip, Map<?, ?> ipv6) {
        if (ip != null) {
            return number(ip, "ip.proto");
        }
        int next = number(ipv6, "ipv6.nxt");
        for (String field : List.of("hopopts", "dstopts", "routing", "fraghdr")) {
            if (ipv6.containsKey("ipv6." + field + ".nxt")) {
                next = number(ipv6, "ipv6." + field + ".nxt");
            }
        }
        return next;
    }

    private static int number(Map<?, ?> fields, String name) {
        return ((Long) fields.get(name)).intValue();
    }

    private static long[] address(Map<?, ?> ip, String name, Map<?, ?> ipv6, String name6) {
        Object text = ip != null ? ip.get(name) : ipv6 != null ? ipv6.get(name6) : null;
        return text == null ? NONE : Addresses.parse(text.toString()).orElseThrow();
    }

    @Override
    public int size() {
        return packets.size();
    }

    @Override
    public long firstSequence() {
        return firstSequence;
    }

    @Override
    public long lostBefore() {
        return lostBefore;
    }

    @Override
    public long timestampNs(int row) {
        return 1_767_225_600_000_000_000L + firstSequence + row;
    }

    @Override
    public int weight(int row) {
        return weight;
    }

    @Override
    public int packets(int row) {
        return 1;
    }

    @Override
    public int wireBytes(int row) {
        return lengthBytes(row);
    }

    @Override
    public int lengthBytes(int row) {
        return packets.get(row).frame.length();
    }

    @Override
    public int interfaceId(int row) {
        return 1;
    }

    @Override
    public Direction direction(int row) {
        return Direction.INGRESS;
    }

    @Override
    public String hook(int row) {
        return "tc";
    }

    @Override
    public int cpu(int row) {
        return 0;
    }

    @Override
    public int rxQueue(int row) {
        return 0;
    }

    @Override
    public int etherType(int row) {
        return packets.get(row).etherType;
    }

    @Override
    public int vlan(int row) {
        return packets.get(row).vlan;
    }

    @Override
    public int ipProtocol(int row) {
        return packets.get(row).ipProtocol;
    }

    @Override
    public long srcHi(int row) {
        return packets.get(row).src[0];
    }

    @Override
    public long srcLo(int row) {
        return packets.get(row).src[1];
    }

    @Override
    public long dstHi(int row) {
        return packets.get(row).dst[0];
    }

    @Override
    public long dstLo(int row) {
        return packets.get(row).dst[1];
    }

    @Override
    public int srcPort(int row) {
        return packets.get(row).srcPort;
    }

    @Override
    public int dstPort(int row) {
        return packets.get(row).dstPort;
    }

    @Override
    public boolean hasPorts(int row) {
        return packets.get(row).hasPorts;
    }

    @Override
    public boolean isFragment(int row) {
        return packets.get(row).fragment;
    }

    @Override
    public boolean isMalformed(int row) {
        return packets.get(row).malformed;
    }

    @Override
    public int tcpFlags(int row) {
        return packets.get(row).tcpFlags;
    }

    @Override
    public int acceleratedVlan(int row) {
        return 0;
    }

    @Override
    public boolean isLayer3(int row) {
        return layer3;
    }

    @Override
    public int capturedLength(int row) {
        return packets.get(row).captured;
    }

    @Override
    public int copyCaptured(int row, byte[] destination, int at) {
        System.arraycopy(packets.get(row).frame.data(), 0, destination, at, capturedLength(row));
        return capturedLength(row);
    }
}
