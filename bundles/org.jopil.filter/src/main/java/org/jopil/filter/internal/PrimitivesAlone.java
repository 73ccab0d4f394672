// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jopil.api.filter.FilterException;
import org.jopil.filter.internal.Node.Operator;
import org.jopil.filter.internal.Node.Value.Scalar;

/** Whether a filter can be asked of a packet's bytes: fields belong to rows of reports. */
final class PrimitivesAlone {
    private static final Set<Operator> RELATIONS = Set.of(
            Operator.EQUAL,
            Operator.NOT_EQUAL,
            Operator.GREATER,
            Operator.GREATER_EQUAL,
            Operator.LESS,
            Operator.LESS_EQUAL);

    /** What pcap-filter has for a field. */
    private static final Map<String, String> INSTEAD = Map.ofEntries(
            Map.entry("src_ip", "src host 10.0.0.1"),
            Map.entry("dst_ip", "dst host 10.0.0.1"),
            Map.entry("src_port", "src port 443"),
            Map.entry("dst_port", "dst port 443"),
            Map.entry("protocol", "tcp"),
            Map.entry("ip_version", "ip6"),
            Map.entry("icmp_type", "icmp[icmptype] == 8"),
            Map.entry("icmp_code", "icmp[icmpcode] == 0"),
            Map.entry("ether_type", "ether proto 0x0800"),
            Map.entry("vlan", "vlan 100"),
            Map.entry("vlan_id", "vlan 100"),
            Map.entry("length", "greater 1000"),
            Map.entry("bytes", "greater 1000"),
            Map.entry("tcp_flags", "tcp[tcpflags] & tcp-syn != 0"));

    private PrimitivesAlone() {}

    /** The first comparison of a field is the mistake. */
    static void check(Node node) throws FilterException {
        if (node instanceof Node.And and) {
            check(and.left());
            check(and.right());
        } else if (node instanceof Node.Or or) {
            check(or.left());
            check(or.right());
        } else if (node instanceof Node.Not not) {
            check(not.inner());
        } else if (node instanceof Node.Truth truth) {
            throw mistake(truth.column(), truth.field());
        } else if (node instanceof Node.Comparison comparison) {
            check(comparison);
        } else if (node instanceof Node.Bound bound) {
            throw new FilterException(
                    "'" + (bound.in() ? "inbound" : "outbound")
                            + "' asks for the direction, which is no byte of a packet",
                    bound.column(),
                    "the rest of the filter: the direction is chosen beside it",
                    List.of());
        }
    }

    private static void check(Node.Comparison node) throws FilterException {
        if (!node.field().equals("len") || !RELATIONS.contains(node.operator())) {
            throw mistake(node.column(), node.field());
        }
        boolean number = node.value() instanceof Scalar scalar
                && !scalar.quoted()
                && (Names.number(scalar.text()).isPresent() || scalar.text().equals("len"));
        if (!number) {
            throw new FilterException(
                    "'len' is compared with a plain number here",
                    node.value().column(),
                    "a number of bytes such as 1000",
                    List.of());
        }
    }

    private static FilterException mistake(int column, String field) {
        String instead = instead(field);
        return new FilterException(
                "'" + field + "' is a field of lists, and this filter sees bytes of packets only",
                column,
                "a primitive such as " + (instead == null ? "tcp, host 10.0.0.1 or port 443" : instead),
                instead == null ? List.of() : List.of(instead));
    }

    /** Null if nothing is near. */
    private static String instead(String field) {
        if (Aliases.tcpFlag(field).isPresent()) {
            return INSTEAD.get("tcp_flags");
        }
        String known = INSTEAD.get(field);
        return known != null
                ? known
                : Aliases.of(field)
                        .map(alias -> alias.fields().get(0))
                        .map(INSTEAD::get)
                        .orElse(null);
    }
}
