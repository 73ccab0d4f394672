// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.Map;
import java.util.Set;

/** Hooks by the kernel functions that call them (Linux 5.17 to 6.18): netfilter of IPv4 and IPv6, and XDP where there is a packet. */
final class Hooks {
    private static final Map<String, String> NETFILTER = Map.ofEntries(
            Map.entry("ip_rcv", "prerouting"),
            Map.entry("ipv6_rcv", "prerouting"),
            Map.entry("nf_hook_slow_list", "prerouting"),
            Map.entry("ip_local_deliver", "input"),
            Map.entry("ip6_input", "input"),
            Map.entry("ip_forward", "forward"),
            Map.entry("ip6_forward", "forward"),
            Map.entry("__ip_local_out", "output"),
            Map.entry("__ip6_local_out", "output"),
            Map.entry("ip6_xmit", "output"),
            Map.entry("raw_sendmsg", "output"),
            Map.entry("raw_send_hdrinc", "output"),
            Map.entry("rawv6_sendmsg", "output"),
            Map.entry("rawv6_send_hdrinc", "output"),
            Map.entry("ndisc_send_skb", "output"),
            Map.entry("ip_output", "postrouting"),
            Map.entry("ip_mc_output", "postrouting"),
            Map.entry("ip6_output", "postrouting"));

    private Hooks() {}

    private static final Set<String> XDP = Set.of(
            "veth_xdp_rcv_skb",
            "veth_xdp_rcv_one",
            "do_xdp_generic",
            "netif_receive_generic_xdp",
            "bpf_prog_run_generic_xdp");

    /**
     * Empty if it is none of them.
     *
     * @param symbol that freed the packet
     * @param caller of the netfilter hook, else empty
     */
    static String of(String symbol, String caller) {
        return XDP.contains(symbol) ? "xdp" : NETFILTER.getOrDefault(caller, "");
    }
}
