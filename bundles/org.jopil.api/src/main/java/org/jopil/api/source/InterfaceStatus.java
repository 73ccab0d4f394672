// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One interface, watched or not.
 *
 * @param id of the watched interface in events, flows and counters; 0 if it was never watched. Stable while the instance
 *     lives, over re-attachment and renaming
 * @param name as asked for and shown: {@code eth0}, or {@code NS/IF} in a named network namespace
 * @param namespace name of the network namespace, empty for the one that JOPIL runs in
 * @param index kernel's interface index, 0 while it is gone
 * @param kind link kind ({@code veth}, {@code bridge}, {@code tun}), empty for hardware
 * @param driver driver's name, empty if unknown
 * @param mtu bytes
 * @param up administratively and operationally up
 * @param state what JOPIL does here
 * @param mode asked for
 * @param ingressHook hook that counts: {@code xdp-native}, {@code tcx}, {@code clsact}; empty if none
 * @param egressHook as above
 * @param why the mode's reason, or why it is not watched, one sentence
 * @param programIds kernel ids of our programs here
 * @param devicePackets as the device counts them
 */
public record InterfaceStatus(
        int id,
        String name,
        String namespace,
        int index,
        String kind,
        String driver,
        int mtu,
        boolean up,
        State state,
        AttachMode mode,
        String ingressHook,
        String egressHook,
        String why,
        List<Integer> programIds,
        DevicePackets devicePackets) {

    /** What JOPIL does with the interface. */
    public enum State {
        /** Not watched. */
        DETACHED,
        /** Watched, both directions. */
        ATTACHED,
        /** Watched in part: a hook was severed or refused. */
        DEGRADED,
        /** Gone; watched again when it returns. */
        GONE
    }

    /**
     * The device's own counters (rtnetlink IFLA_STATS64) since it was made. They count skbs on some devices.
     *
     * @param received packets, -1 where unknown
     * @param sent packets, -1 where unknown
     * @param dropped what it lost, by the kernel's name of the counter ({@code rx_missed_errors}), 0 among them; empty where
     *     unknown. Some are parts of others, and some of their packets are the kernel's drops too: no sum says anything
     */
    public record DevicePackets(long received, long sent, Map<String, Long> dropped) {
        public DevicePackets {
            dropped = Collections.unmodifiableMap(new LinkedHashMap<>(dropped));
        }
    }

    public InterfaceStatus {
        programIds = List.copyOf(programIds);
    }

    public boolean attached() {
        return state == State.ATTACHED || state == State.DEGRADED;
    }
}
