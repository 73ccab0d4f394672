// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.util.List;
import java.util.Map;

/**
 * What the kernel counted since start, read in one pass: every sum here is over the same counters.
 *
 * @param total of all interfaces and directions
 * @param protocols by name, most packets first
 * @param cpus by number, ascending
 * @param interfaces by name; the ones that are watched, and those that were and counted something
 */
public record Traffic(
        Totals total, Map<String, Totals> protocols, Map<Integer, Totals> cpus, List<InterfaceTraffic> interfaces) {

    /**
     * One interface.
     *
     * @param id as in events and counters
     * @param name the last it had
     */
    public record InterfaceTraffic(int id, String name, DirectionTraffic ingress, DirectionTraffic egress) {}

    /**
     * One direction of one interface.
     *
     * @param hook that counts now, empty if none does
     * @param totals null if nothing counts here, and nothing ever did
     */
    public record DirectionTraffic(String hook, Totals totals) {}
}
