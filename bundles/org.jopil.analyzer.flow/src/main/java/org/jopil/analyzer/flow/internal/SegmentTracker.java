// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.api.event.PacketBatch;

/**
 * Follows TCP connections by their segments. True only where every packet was told: a sampled packet, or rows that were
 * lost, make the connections they may belong to unknown. Bounded: what finds no place is not followed. One thread.
 */
final class SegmentTracker {
    private static final long QUIET_NS = 60 * Settings.SECOND_NS;
    /** Of live traffic, so that scans of the flow table never wait for segments: 200,000 packets a second. */
    private static final int MOST_ROWS = 20_000;

    private static final long MOST_ROWS_NS = Settings.SECOND_NS / 10;

    private final int most;
    private final SegmentedConnection[] table;
    private final TcpSegment segment = new TcpSegment();
    private SegmentedConnection free;
    private int size;
    private long sweptNs;
    private boolean doubted;
    private long rowsFromNs;
    private int rows;

    SegmentTracker(int most) {
        this.most = most;
        table = new SegmentedConnection[Integer.highestOneBit(Math.max(1, most)) << 1];
    }

    void take(PacketBatch batch) {
        if (most == 0) {
            return;
        }
        if (batch.lostBefore() > 0) {
            doubtAll();
        }
        if (batch.size() > 0 && (batch.weight(0) > 1 || isTooMuch(batch))) {
            doubtAll();
            return;
        }
        for (int row = 0; row < batch.size(); row++) {
            if (segment.read(batch, row)) {
                take(batch, row);
            }
        }
    }

    private boolean isTooMuch(PacketBatch batch) {
        long ns = batch.timestampNs(0);
        if (ns < rowsFromNs || ns - rowsFromNs >= MOST_ROWS_NS) {
            rowsFromNs = ns;
            rows = 0;
        }
        rows += batch.size();
        boolean live = batch.cpu(0) >= 0;
        return live && rows > MOST_ROWS;
    }

    private void take(PacketBatch batch, int row) {
        doubted = false;
        long srcHi = batch.srcHi(row);
        long srcLo = batch.srcLo(row);
        long dstHi = batch.dstHi(row);
        long dstLo = batch.dstLo(row);
        int srcPort = batch.srcPort(row);
        int dstPort = batch.dstPort(row);
        long meta = FlowKeys.meta(
                batch.interfaceId(row), batch.vlan(row), segment.innerVlan, batch.ipProtocol(row), false, false);
        boolean fromA = FlowKeys.inOrder(srcHi, srcLo, srcPort, dstHi, dstLo, dstPort);
        SegmentedConnection c = fromA
                ? connection(meta, srcHi, srcLo, dstHi, dstLo, srcPort << 16 | dstPort)
                : connection(meta, dstHi, dstLo, srcHi, srcLo, dstPort << 16 | srcPort);
        if (c == null) {
            return;
        }
        int from = fromA ? FlowRecords.A : FlowRecords.B;
        if (c.isOver(segment, from)) {
            c.begin();
        }
        if (batch.weight(row) > 1) {
            c.unknown();
        }
        c.take(segment, from, batch.packets(row));
    }

    private SegmentedConnection connection(long meta, long aHi, long aLo, long bHi, long bLo, int ports) {
        int hash = FlowKeys.hash(meta, aHi, aLo, bHi, bLo, ports);
        SegmentedConnection found = find(hash, meta, aHi, aLo, bHi, bLo, ports);
        if (found != null) {
            return found;
        }
        if (size == most && segment.timestampNs - sweptNs > Settings.SECOND_NS) {
            sweptNs = segment.timestampNs;
            forgetBefore(segment.timestampNs - QUIET_NS);
        }
        if (size == most) {
            return null;
        }
        SegmentedConnection c = free;
        if (c == null) {
            c = new SegmentedConnection();
        } else {
            free = c.next;
        }
        c.meta = meta;
        c.aHi = aHi;
        c.aLo = aLo;
        c.bHi = bHi;
        c.bLo = bLo;
        c.ports = ports;
        c.hash = hash;
        c.begin();
        int at = hash & table.length - 1;
        c.next = table[at];
        table[at] = c;
        size++;
        return c;
    }

    /** Null if it is not followed. */
    SegmentedConnection find(int hash, long meta, long aHi, long aLo, long bHi, long bLo, int ports) {
        SegmentedConnection c = table[hash & table.length - 1];
        while (c != null
                && (c.hash != hash
                        || c.ports != ports
                        || c.aLo != aLo
                        || c.bLo != bLo
                        || c.meta != meta
                        || c.aHi != aHi
                        || c.bHi != bHi)) {
            c = c.next;
        }
        return c;
    }

    SegmentedConnection find(FlowRecords records, int i) {
        int ports = records.port(i, FlowRecords.A) << 16 | records.port(i, FlowRecords.B);
        return find(
                records.hash(i),
                records.meta(i),
                records.addressHi(i, FlowRecords.A),
                records.addressLo(i, FlowRecords.A),
                records.addressHi(i, FlowRecords.B),
                records.addressLo(i, FlowRecords.B),
                ports);
    }

    void forget(SegmentedConnection gone) {
        int at = gone.hash & table.length - 1;
        if (table[at] == gone) {
            table[at] = gone.next;
        } else {
            SegmentedConnection before = table[at];
            while (before.next != gone) {
                before = before.next;
            }
            before.next = gone.next;
        }
        gone.next = free;
        free = gone;
        size--;
    }

    private void forgetBefore(long ns) {
        for (int at = 0; at < table.length; at++) {
            SegmentedConnection c = table[at];
            while (c != null) {
                SegmentedConnection after = c.next;
                if (c.lastNs < ns) {
                    forget(c);
                }
                c = after;
            }
        }
    }

    /** Rows were lost, or not looked at: any connection may miss some. */
    private void doubtAll() {
        if (doubted) {
            return;
        }
        doubted = true;
        for (SegmentedConnection first : table) {
            for (SegmentedConnection c = first; c != null; c = c.next) {
                c.unknown();
            }
        }
    }

    int most() {
        return most;
    }
}
