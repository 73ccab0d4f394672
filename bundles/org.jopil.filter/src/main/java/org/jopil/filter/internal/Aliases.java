// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Wireshark's names for our fields. */
final class Aliases {
    private static final List<String> IPS = List.of("src_ip", "dst_ip");
    private static final List<String> PORTS = List.of("src_port", "dst_port");

    private static final Map<String, Alias> ALIASES = Map.ofEntries(
            alias("ip.src", null, "src_ip"),
            alias("ip.dst", null, "dst_ip"),
            Map.entry("ip.addr", new Alias(IPS, null)),
            Map.entry("host", new Alias(IPS, null)),
            alias("ip.proto", null, "protocol"),
            alias("ip.version", null, "ip_version"),
            alias("ipv6.src", null, "src_ip"),
            alias("ipv6.dst", null, "dst_ip"),
            Map.entry("ipv6.addr", new Alias(IPS, null)),
            alias("ipv6.nxt", null, "protocol"),
            Map.entry("port", new Alias(PORTS, null)),
            alias("tcp.srcport", "tcp", "src_port"),
            alias("tcp.dstport", "tcp", "dst_port"),
            Map.entry("tcp.port", new Alias(PORTS, "tcp")),
            alias("udp.srcport", "udp", "src_port"),
            alias("udp.dstport", "udp", "dst_port"),
            Map.entry("udp.port", new Alias(PORTS, "udp")),
            alias("sctp.srcport", "sctp", "src_port"),
            alias("sctp.dstport", "sctp", "dst_port"),
            Map.entry("sctp.port", new Alias(PORTS, "sctp")),
            alias("icmp.type", "icmp", "icmp_type"),
            alias("icmp.code", "icmp", "icmp_code"),
            alias("icmpv6.type", "icmpv6", "icmp_type"),
            alias("icmpv6.code", "icmpv6", "icmp_code"),
            alias("eth.type", null, "ether_type"),
            alias("vlan", null, "vlan_id"),
            alias("vlan.id", null, "vlan", "vlan_id"),
            alias("frame.len", null, "length"),
            alias("len", null, "length"),
            alias("frame.interface_name", null, "interface"),
            alias("frame.time", null, "timestamp"));

    private static final Map<String, String> TCP_FLAGS = Map.of(
            "tcp.flags.fin", "FIN",
            "tcp.flags.syn", "SYN",
            "tcp.flags.reset", "RST",
            "tcp.flags.push", "PSH",
            "tcp.flags.ack", "ACK",
            "tcp.flags.urg", "URG",
            "tcp.flags.ece", "ECE",
            "tcp.flags.cwr", "CWR");

    /**
     * Where an alias looks.
     *
     * @param fields any of them may match
     * @param protocol that rows must have, or null
     */
    record Alias(List<String> fields, String protocol) {}

    private Aliases() {}

    private static Map.Entry<String, Alias> alias(String name, String protocol, String... fields) {
        return Map.entry(name, new Alias(List.of(fields), protocol));
    }

    static Optional<Alias> of(String name) {
        return Optional.ofNullable(ALIASES.get(name));
    }

    static Optional<String> tcpFlag(String name) {
        return Optional.ofNullable(TCP_FLAGS.get(name.toLowerCase(Locale.ROOT)));
    }

    static List<String> names() {
        TreeSet<String> names = new TreeSet<>(ALIASES.keySet());
        names.addAll(TCP_FLAGS.keySet());
        return List.copyOf(names);
    }
}
