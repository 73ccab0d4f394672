// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import org.jopil.bus.PacketColumns;

/** Reorders the rows of a batch in place: every row is moved once, over one spare row. */
final class RowMover {
    private static final int SPARE = PacketColumns.CAPACITY - 1;

    /**
     * Row {@code i} becomes what row {@code order[i]} was. The last row of the capacity must be unused; {@code order} is
     * used up.
     */
    void permute(PacketColumns c, long[] order) {
        for (int start = 0; start < c.size; start++) {
            if (order[start] == start) {
                continue;
            }
            move(c, start, SPARE);
            int hole = start;
            while (order[hole] != start) {
                int from = (int) order[hole];
                move(c, from, hole);
                order[hole] = hole;
                hole = from;
            }
            move(c, SPARE, hole);
            order[hole] = hole;
        }
    }

    private static void move(PacketColumns c, int from, int to) {
        c.timestampNs[to] = c.timestampNs[from];
        c.weight[to] = c.weight[from];
        c.packets[to] = c.packets[from];
        c.wireBytes[to] = c.wireBytes[from];
        c.lengthBytes[to] = c.lengthBytes[from];
        c.interfaceId[to] = c.interfaceId[from];
        c.hook[to] = c.hook[from];
        c.flags[to] = c.flags[from];
        c.cpu[to] = c.cpu[from];
        c.rxQueue[to] = c.rxQueue[from];
        c.etherType[to] = c.etherType[from];
        c.vlan[to] = c.vlan[from];
        c.ipProtocol[to] = c.ipProtocol[from];
        c.srcHi[to] = c.srcHi[from];
        c.srcLo[to] = c.srcLo[from];
        c.dstHi[to] = c.dstHi[from];
        c.dstLo[to] = c.dstLo[from];
        c.srcPort[to] = c.srcPort[from];
        c.dstPort[to] = c.dstPort[from];
        c.tcpFlags[to] = c.tcpFlags[from];
        c.acceleratedVlan[to] = c.acceleratedVlan[from];
        c.capturedLength[to] = c.capturedLength[from];
        System.arraycopy(
                c.captured,
                from * PacketColumns.CAPTURE_BYTES,
                c.captured,
                to * PacketColumns.CAPTURE_BYTES,
                c.capturedLength[from]);
    }
}
