// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import java.util.Map;

/**
 * A network interface, as rtnetlink tells of it.
 *
 * @param index unique in its namespace while it lives
 * @param type ARPHRD_ number: what its frames start with, see {@link #isLayer3}
 * @param up administratively up, and running where the driver can tell
 * @param running operational state up, or unknown as on lo and tun
 * @param kind {@code veth}, {@code bridge}, {@code tun}…; empty for hardware and lo
 * @param driver as ethtool names it; of a virtual device its kind; empty if unknown
 * @param mac as text; empty if it has none, all zeros among them
 * @param rxQueues that it was made with, of which it may use fewer; 0 if unknown
 * @param masterIndex of the bridge or bond that it belongs to, 0 if none
 * @param xdpProgramId in the slot that XDP would take, 0 if it is free
 * @param xdpMode XDP_ATTACHED_ number: 0 none, 1 driver, 2 skb, 3 hardware, 4 several
 * @param rxPackets as the device counts them (IFLA_STATS64)
 * @param drops packets that the device lost, by the name that the kernel has for the counter ({@code rx_missed_errors}); 0
 *     among them; empty where it does not tell
 */
public record Link(
        int index,
        String name,
        int type,
        int mtu,
        boolean up,
        boolean running,
        boolean loopback,
        String kind,
        String driver,
        String mac,
        int rxQueues,
        int txQueues,
        int masterIndex,
        int xdpProgramId,
        int xdpMode,
        long rxPackets,
        long rxBytes,
        long txPackets,
        long txBytes,
        Map<String, Long> drops) {
    private static final int ARPHRD_ETHER = 1;
    private static final int ARPHRD_LOOPBACK = 772;

    /** Frames start at the IP header (tun, WireGuard, ipip, sit, gre, raw IP): everything that is not Ethernet. */
    public boolean isLayer3() {
        return type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK;
    }

    /** In words: {@code native}, {@code generic}, {@code offloaded}, {@code several modes}; empty if there is none. */
    public String xdpModeText() {
        return switch (xdpMode) {
            case 1 -> "native";
            case 2 -> "generic";
            case 3 -> "offloaded";
            case 4 -> "several modes";
            default -> "";
        };
    }
}
