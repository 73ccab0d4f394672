// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.lang.invoke.VarHandle;
import org.jopil.api.source.FlowSource;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.SharedMemory;

/**
 * One slot of the IPv4 flow table: a model of its writer in flow.h, the reader of the sensor, and the truth per flow. Two
 * flows want the slot; a flow is known by each of its key's words, and by the bytes of its packets.
 */
final class Slot {
    private static final int FLOWS = 2;
    private static final int[] PACKET_BYTES = {100, 7001};
    /** All words of its key, alike in either byte order. */
    private static final long[] KEY_WORD = {0x1111_1111_1111_1111L, 0x2222_2222_2222_2222L};

    /** The ways to write it wrong. */
    enum Writer {
        /** Not at all. */
        RIGHT,
        COUNT_BEFORE_BYTES,
        KEY_AFTER_COUNT,
        WITHOUT_ACKNOWLEDGEMENT
    }

    final MappedRegion slot = SharedMemory.region(Layout.FLOW4_SLOT_SIZE);
    final MappedRegion ack = SharedMemory.region(Long.BYTES);
    final FlowTable table = FlowTable.ipv4(slot, ack, 1, jiffies -> jiffies);
    final FlowSource.Visitor visitor = this::visit;
    final FlowTable.Taken taken = (interfaceId, direction, protocol, packets, bytes) -> {};

    // the writer's truth
    private final long[] written = new long[FLOWS];
    private int owner = -1;

    // what the reader took
    private final long[] readPackets = new long[FLOWS];
    private final long[] readBytes = new long[FLOWS];
    private long torn;

    /** A packet of a flow, as {@code flow_account} takes it. */
    void packet(int flow, Writer writer) {
        long packets = slot.getLong(Layout.FLOW4_SLOT_PACKETS_OFFSET);
        if (owner != flow) {
            // the kernel's READ_ONCE; the branch orders the stores behind it
            if (writer != Writer.WITHOUT_ACKNOWLEDGEMENT && ack.getLongAcquire(0) != packets) {
                return; // counted as overflow
            }
            owner = flow;
            if (writer != Writer.KEY_AFTER_COUNT) {
                key(flow);
            }
        }
        written[flow]++;
        long bytes = slot.getLong(Layout.FLOW4_SLOT_BYTES_OFFSET) + PACKET_BYTES[flow];
        if (writer == Writer.COUNT_BEFORE_BYTES) {
            slot.putLongRelease(Layout.FLOW4_SLOT_PACKETS_OFFSET, packets + 1);
            slot.putLongRelease(Layout.FLOW4_SLOT_BYTES_OFFSET, bytes);
            return;
        }
        slot.putLong(Layout.FLOW4_SLOT_BYTES_OFFSET, bytes);
        slot.putLongRelease(Layout.FLOW4_SLOT_PACKETS_OFFSET, packets + 1);
        if (writer == Writer.KEY_AFTER_COUNT) {
            VarHandle.releaseFence();
            key(flow);
        }
    }

    private void key(int flow) {
        for (int at = 0; at < Layout.FLOW4_KEY_SIZE; at += Long.BYTES) {
            slot.putLong(at, KEY_WORD[flow]);
        }
    }

    private void visit(FlowSource.Change change) {
        take(
                change.srcLo() & 0xFFFF_FFFFL,
                change.dstLo() & 0xFFFF_FFFFL,
                change.srcPort(),
                change.vlan(),
                change.packets(),
                change.bytes());
    }

    /** What a reader made out: fields of each word of the key, and its share of the counts. */
    void take(long src, long dst, int srcPort, int vlan, long packets, long bytes) {
        for (int flow = 0; flow < FLOWS; flow++) {
            long word = KEY_WORD[flow];
            if (src == (word & 0xFFFF_FFFFL) && dst == src && srcPort == (word & 0xFFFF) && vlan == srcPort) {
                readPackets[flow] += packets;
                readBytes[flow] += bytes;
                return;
            }
        }
        torn++;
    }

    /** How many flows are not as they were written; forgets them. The slot is at rest and read. */
    int wrongFlows() {
        int wrong = torn == 0 ? 0 : 1;
        for (int flow = 0; flow < FLOWS; flow++) {
            if (readPackets[flow] != written[flow] || readBytes[flow] != written[flow] * PACKET_BYTES[flow]) {
                wrong++;
            }
            readPackets[flow] = 0;
            readBytes[flow] = 0;
            written[flow] = 0;
        }
        torn = 0;
        return wrong;
    }
}
