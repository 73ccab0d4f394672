// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.Arrays;

/** What one direction of one interface counted, by IP protocol number: all, and what found no place in the flow table. */
final class IpTotals {
    final long[] packets = new long[InterfaceCounters.IP_PROTOCOLS];
    final long[] bytes = new long[InterfaceCounters.IP_PROTOCOLS];
    final long[] overflowPackets = new long[InterfaceCounters.IP_PROTOCOLS];
    final long[] overflowBytes = new long[InterfaceCounters.IP_PROTOCOLS];

    void clear() {
        Arrays.fill(packets, 0);
        Arrays.fill(bytes, 0);
        Arrays.fill(overflowPackets, 0);
        Arrays.fill(overflowBytes, 0);
    }

    void copy(IpTotals from) {
        System.arraycopy(from.packets, 0, packets, 0, packets.length);
        System.arraycopy(from.bytes, 0, bytes, 0, bytes.length);
        System.arraycopy(from.overflowPackets, 0, overflowPackets, 0, overflowPackets.length);
        System.arraycopy(from.overflowBytes, 0, overflowBytes, 0, overflowBytes.length);
    }
}
