// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jopil.api.source.Privacy;

/** What of a payload is told, by the level of privacy. */
final class Told {
    /**
     * All that is told without names: versions, status numbers, counts and times, none of which a person, a machine or a
     * program chose a text for. What a new detector reads is hidden until it stands here.
     */
    static final Set<String> WITHOUT_NAMES = Set.of(
            "dhcp.option.dhcp",
            "dhcpv6.msgtype",
            "dns.count.answers",
            "dns.flags.rcode",
            "dns.flags.response",
            "dns.qry.class",
            "dns.qry.type",
            "dns.time",
            "http.response.code",
            "http.time",
            "http2.headers.status",
            "jopil.dns.type",
            "jopil.tls.version",
            "kafka.api_version",
            "mqtt.ver",
            "mysql.protocol",
            "ntp.flags.mode",
            "ntp.flags.vn",
            "ntp.stratum",
            "quic.supported_version",
            "quic.version",
            "tls.alert_message.desc",
            "tls.handshake.extensions.supported_version",
            "tls.handshake.version");

    private Told() {}

    /** A copy. */
    static Map<String, Object> details(Map<String, Object> read, Privacy privacy) {
        Map<String, Object> told = new LinkedHashMap<>(read);
        if (!privacy.names()) {
            told.keySet().retainAll(WITHOUT_NAMES);
        }
        return told;
    }

    /** Null where names are hidden. */
    static Object name(Object read, Privacy privacy) {
        return privacy.names() ? read : null;
    }
}
