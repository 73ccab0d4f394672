// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.List;
import java.util.stream.Stream;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.decode.PacketDecoder;

/** The columns of the report, in its order: first those that are read from the store, then the decoded layers. */
enum PacketField {
    TIMESTAMP(column("timestamp", Type.TIME, "When the sensor saw it")),
    TIMESTAMP_NS(detail("timestamp_ns", Type.NUMBER, "The same, nanoseconds since the Unix epoch")),
    ID(detail("id", Type.NUMBER, "Number of the sample, counting from the start of the instance")),
    INTERFACE(column("interface", Type.TEXT, "Interface it was seen on")),
    NAMESPACE(detail("namespace", Type.TEXT, "Network namespace, null for the one JOPIL runs in")),
    DIRECTION(column("direction", Type.TEXT, "ingress or egress, as the host sees it")),
    HOOK(detail("hook", Type.TEXT, "Hook that saw it: xdp or tc, or replay for a packet of a file")),
    CPU(detail("cpu", Type.NUMBER, "CPU that ran the hook, null in a replay")),
    NUMA_NODE(detail("numa_node", Type.NUMBER, "NUMA node of that CPU, null where the kernel has none")),
    RX_QUEUE(detail("rx_queue", Type.NUMBER, "Receive queue of the device, null where it is not known")),
    SRC_IP(column("src_ip", Type.ADDRESS, "Source address; sender in ARP")),
    SRC_PORT(column("src_port", Type.PORT, "Source port of TCP, UDP, SCTP, DCCP, UDP-Lite")),
    DST_IP(column("dst_ip", Type.ADDRESS, "Destination address; target in ARP")),
    DST_PORT(column("dst_port", Type.PORT, "Destination port")),
    PROTOCOL(column("protocol", Type.TEXT, "Protocol above IP, or what it is instead of IP")),
    LENGTH(column("length", Type.BYTES, "Bytes of the frame as the hook saw it, FCS out")),
    WEIGHT(detail("weight", Type.NUMBER, "Observations that this sample stands for; 1 if nothing was sampled out")),
    PACKETS(detail("packets", Type.PACKETS, "Wire packets in it: more than 1 for a GRO or GSO super-packet")),
    WIRE_BYTES(detail("wire_bytes", Type.BYTES, "Wire bytes of all of them")),
    ETHER_TYPE(detail("ether_type", Type.NUMBER, "EtherType after all VLAN tags")),
    IP_VERSION(detail("ip_version", Type.NUMBER, "4 or 6")),
    VLAN_ID(detail("vlan_id", Type.NUMBER, "Outer VLAN id")),
    INNER_VLAN(detail("inner_vlan", Type.NUMBER, "VLAN id of the second tag")),
    TCP_FLAGS(detail("tcp_flags", Type.LIST, "TCP flags that are set")),
    ICMP_TYPE(detail("icmp_type", Type.NUMBER, "Type of ICMP or ICMPv6")),
    ICMP_CODE(detail("icmp_code", Type.NUMBER, "Code of ICMP or ICMPv6")),
    FRAGMENT(detail("fragment", Type.BOOLEAN, "Fragment of an IP packet, the first one included")),
    MALFORMED(detail("malformed", Type.BOOLEAN, "Says that it is IP, and is not")),
    OWN(detail("own", Type.BOOLEAN, "Belongs to a session with this JOPIL itself")),
    MASKED(detail(
            "masked",
            Type.BOOLEAN,
            "Addresses are pseudonyms (privacy); checksums are not told, nor what stands where an address may be")),
    INFO(column("info", Type.TEXT, "What the headers say, in one line")),
    ETH(layer("eth", "Ethernet")),
    LLC(layer("llc", "IEEE 802.2 and SNAP")),
    VLAN(layer("vlan", "VLAN tags, outermost first")),
    ARP(layer("arp", "ARP")),
    MPLS(layer("mpls", "MPLS labels, outermost first")),
    IP(layer("ip", "IPv4")),
    IPV6(layer("ipv6", "IPv6 with its extension headers")),
    AH(layer("ah", "IP authentication header")),
    ESP(layer("esp", "ESP, what stands in clear")),
    TCP(layer("tcp", "TCP")),
    UDP(layer("udp", "UDP")),
    ICMP(layer("icmp", "ICMP")),
    ICMPV6(layer("icmpv6", "ICMPv6")),
    SCTP(layer("sctp", "SCTP")),
    GRE(layer("gre", "GRE")),
    VXLAN(layer("vxlan", "VXLAN")),
    GENEVE(layer("geneve", "Geneve")),
    INNER(detail("inner", Type.OBJECT, "What a tunnel carries or an ICMP error quotes: again an object per layer")),
    NAMES(detail("names", Type.OBJECT, "What the registries call the fields' values")),
    POSITIONS(detail("positions", Type.OBJECT, "Where each layer stands in captured_hex: offset and length in bytes")),
    CAPTURED_HEX(detail("captured_hex", Type.TEXT, "Captured header bytes; never payload"));

    private static final PacketField[] ALL = values();
    static final List<Column> COLUMNS =
            Stream.of(ALL).map(field -> field.column).toList();

    final Column column;

    PacketField(Column column) {
        this.column = column;
    }

    static PacketField at(int index) {
        return ALL[index];
    }

    private static Column layer(String name, String what) {
        if (!PacketDecoder.LAYERS.contains(name)) {
            throw new IllegalArgumentException(name);
        }
        return detail(name, Type.OBJECT, what + ", under Wireshark's field names");
    }
}
