// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jopil.api.NearNames;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.FilterException;
import org.jopil.filter.internal.Node.Value.Scalar;

/** Fields that have the same few values in every report: a value is taken in any case, and a slip is told. */
final class Vocabulary {
    private static final Map<String, List<String>> VALUES = Map.of(
            "direction", List.of("ingress", "egress"),
            "end_reason", List.of("fin", "rst", "idle", "active"),
            "tcp_flags", List.of("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"),
            "protocol", protocols());

    /** Other reports may have other states: only what looks like a slip is refused. */
    private static final List<String> STATES = List.of("new", "established", "closing", "ended");

    private Vocabulary() {}

    static String canonical(String field, Scalar scalar) throws FilterException {
        String text = scalar.text();
        if (field.equals("state")) {
            List<String> near = STATES.contains(text) ? List.of() : NearNames.of(text, STATES);
            if (!near.isEmpty()) {
                String meant = near.get(0);
                if (meant.equalsIgnoreCase(text)) {
                    return meant;
                }
                throw Values.misfit(scalar, "a state", near);
            }
            return text;
        }
        List<String> values = VALUES.get(field);
        if (values == null) {
            return text;
        }
        for (String value : values) {
            if (value.equalsIgnoreCase(text)) {
                return value;
            }
        }
        if (field.equals("protocol")) {
            if (Names.ipProtocol(text).isPresent()) {
                return Protocols.name(Names.ipProtocol(text).getAsInt());
            }
            if (text.startsWith("ethertype-")) {
                return text;
            }
        }
        throw Values.misfit(
                scalar,
                values.size() > 8 ? "a protocol such as tcp, udp, icmp or arp" : "one of " + String.join(", ", values),
                NearNames.of(text, values));
    }

    private static List<String> protocols() {
        TreeSet<String> names = new TreeSet<>();
        for (int number = 0; number < 256; number++) {
            String name = Protocols.name(number);
            if (!name.equals("ip-" + number)) {
                names.add(name);
            }
        }
        names.addAll(List.of("arp", "malformed", "non-ip", "llc"));
        for (int etherType : new int[] {
            0x0842, 0x8035, 0x8100, 0x8808, 0x8809, 0x8847, 0x8848, 0x8863, 0x8864, 0x888E, 0x88A8, 0x88CC, 0x88E5,
            0x88F7, 0x8902
        }) {
            names.add(Protocols.name(Protocols.ofEtherType(etherType)));
        }
        return new ArrayList<>(names);
    }
}
