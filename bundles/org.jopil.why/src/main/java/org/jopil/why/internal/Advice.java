// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.Arrays;
import java.util.Set;

/** What the drops' rules say (column {@code advice_id} of report drops), as far as a verdict has words of its own for it. */
enum Advice {
    FIREWALL("netfilter*", "xdp", "tc-ingress", "tc-egress", "bpf-egress", "security"),
    RP_FILTER("rp-filter") {
        @Override
        String address() {
            return "src_ip";
        }
    },
    NO_ROUTE("no-route*", "route-forbids", "forwarding-off") {
        @Override
        String address() {
            return "dst_ip";
        }
    },
    TTL("ttl", "min-ttl"),
    NEIGHBOUR("neighbour-*") {
        @Override
        String address() {
            return "dst_ip";
        }
    },
    MTU("mtu"),
    UDP_PORT_CLOSED("udp-port-closed"),
    TCP_PORT_CLOSED("tcp-port-closed", "no-socket"),
    UDP_BUFFER_FULL("udp-buffer-full", "udp-memory"),
    LISTEN_OVERFLOW("listen-overflow"),
    /** Ends of connections, and stragglers: every busy host has some, and nobody misses them. */
    USUAL(
            "tcp-closed",
            "tcp-reset",
            "tcp-old",
            "tcp-flags",
            "tcp-ack",
            "tcp-paws",
            "purged",
            "udp-unread",
            "neighbour"),
    /** All others. */
    OTHER;

    private final Set<String> ids;

    /** @param ids a star at the end stands for anything */
    Advice(String... ids) {
        this.ids = Set.of(ids);
    }

    static Advice of(String id) {
        return Arrays.stream(values())
                .filter(advice -> advice.has(id))
                .findFirst()
                .orElse(OTHER);
    }

    /** Column of the address that it is about: a sentence without it helps nobody. Empty if it is about none. */
    String address() {
        return "";
    }

    private boolean has(String id) {
        return ids.stream()
                .anyMatch(known ->
                        known.endsWith("*") ? id.startsWith(known.substring(0, known.length() - 1)) : id.equals(known));
    }
}
