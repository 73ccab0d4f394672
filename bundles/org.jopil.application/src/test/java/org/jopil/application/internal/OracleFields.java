// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What tshark is asked, and what it is to us. */
final class OracleFields {
    /** tshark's name → ours. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("pgsql", "postgresql"),
            Map.entry("resp", "redis"),
            Map.entry("nbss", "smb"),
            Map.entry("tpkt", "rdp"),
            Map.entry("db-lsp", "db-lsp-disc"),
            Map.entry("stun-udp", "stun"));

    /** What is recognised without a rule: the field of tshark that proves it, not only the port. */
    static final Map<String, List<String>> EVIDENCE = new LinkedHashMap<>();

    /** Of ours → of tshark. Where one of ours ends in .client or .server the packets of that side count. */
    static final Map<String, String> FIELDS = new LinkedHashMap<>();

    /** Messages that stand for themselves: compared after each packet with that packet alone. */
    static final Set<String> MESSAGES = Set.of("dns", "mdns", "llmnr", "dhcp", "dhcpv6", "ntp");

    static {
        EVIDENCE.put("tls", List.of("tls.record.content_type"));
        EVIDENCE.put("http", List.of("http.request.method", "http.response.code"));
        EVIDENCE.put("http2", List.of("http2.streamid"));
        EVIDENCE.put("ssh", List.of("ssh.protocol"));
        EVIDENCE.put("quic", List.of("quic.version"));
        EVIDENCE.put("dns", List.of("dns.id"));
        EVIDENCE.put("mdns", List.of("dns.id"));
        EVIDENCE.put("llmnr", List.of("dns.id"));
        EVIDENCE.put("mysql", List.of("mysql.version"));
        EVIDENCE.put("postgresql", List.of("pgsql.type"));
        EVIDENCE.put("redis", List.of("resp.string", "resp.array", "resp.bulk_string", "resp.error"));
        EVIDENCE.put("kafka", List.of("kafka.api_key"));
        EVIDENCE.put("mqtt", List.of("mqtt.msgtype"));
        EVIDENCE.put("ntp", List.of("ntp.flags"));
        EVIDENCE.put("dhcp", List.of("dhcp.type"));
        EVIDENCE.put("dhcpv6", List.of("dhcpv6.msgtype"));

        for (String same : List.of(
                "tls.handshake.extensions_server_name",
                "tls.handshake.extensions.supported_version",
                "tls.handshake.version",
                "tls.handshake.ciphersuite",
                "tls.alert_message.desc",
                "http.request.method",
                "http.host",
                "http.user_agent",
                "http.response.code",
                "quic.version",
                "quic.supported_version",
                "dns.id",
                "dns.flags.response",
                "dns.qry.name",
                "dns.qry.type",
                "dns.qry.class",
                "dns.flags.rcode",
                "dns.count.answers",
                "dns.resp.name",
                "dns.cname",
                "dns.a",
                "dns.aaaa",
                "http2.headers.method",
                "http2.headers.path",
                "http2.headers.authority",
                "http2.headers.content_type",
                "http2.headers.user_agent",
                "http2.headers.status",
                "mysql.protocol",
                "mysql.version",
                "kafka.api_key",
                "kafka.api_version",
                "kafka.client_id",
                "mqtt.ver",
                "mqtt.clientid",
                "ntp.flags.vn",
                "ntp.flags.mode",
                "ntp.stratum",
                "dhcp.option.dhcp",
                "dhcp.option.hostname",
                "dhcp.option.requested_ip_address",
                "dhcp.ip.your",
                "dhcpv6.msgtype",
                "dhcpv6.client_domain",
                "dns.time",
                "http.time")) {
            FIELDS.put(same, same);
        }
        FIELDS.put("http.request.uri.path", "http.request.uri");
        FIELDS.put("tls.handshake.extensions_alpn_str.client", "tls.handshake.extensions_alpn_str");
        FIELDS.put("tls.handshake.extensions_alpn_str.server", "tls.handshake.extensions_alpn_str");
        FIELDS.put("ssh.protocol.client", "ssh.protocol");
        FIELDS.put("ssh.protocol.server", "ssh.protocol");
        FIELDS.put("jopil.pgsql.database", "pgsql.parameter_value");
    }

    /** Ours that Wireshark 4.0 has no field for. */
    static final Set<String> OWN = Set.of(
            "tls.handshake.ja4",
            "jopil.tls.version",
            "jopil.tls.cipher",
            "jopil.dns.type",
            "jopil.quic.retry",
            "jopil.quic.zero_rtt",
            "jopil.pgsql.request",
            "jopil.redis.command");

    static final List<String> ASKED = asked();

    private static List<String> asked() {
        Set<String> asked = new TreeSet<>(FIELDS.values());
        EVIDENCE.values().forEach(asked::addAll);
        asked.add("tls.handshake.ja3_full");
        asked.add("tls.handshake.type");
        return List.copyOf(asked);
    }

    private OracleFields() {}

    /** Our name of what tshark calls so. */
    static String ours(String theirs) {
        return NAMES.getOrDefault(theirs, theirs);
    }
}
