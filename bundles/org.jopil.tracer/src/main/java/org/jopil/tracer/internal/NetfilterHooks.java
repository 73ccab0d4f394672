// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.Map;

/** Netfilter hooks of IPv4 and IPv6 by the kernel functions that call them (Linux 5.17 to 6.18). */
final class NetfilterHooks {
    private static final Map<String, String> HOOKS = Map.ofEntries(
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

    private NetfilterHooks() {}

    /** Empty if it is none of them. */
    static String calledFrom(String function) {
        return HOOKS.getOrDefault(function, "");
    }
}
