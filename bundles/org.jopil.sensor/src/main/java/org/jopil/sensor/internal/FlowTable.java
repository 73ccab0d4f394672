// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.function.LongUnaryOperator;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Direction;
import org.jopil.api.source.FlowSource;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;

/**
 * One family's table of the kernel, and how far it was read. One thread at a time.
 *
 * <p>The slot's packets are read first, with acquire, and everything else after them: a slot whose packets are not
 * acknowledged cannot change owner, and its key was stored before. The acknowledgement is the last store.
 */
final class FlowTable {
    private final MappedRegion slots;
    private final MappedRegion acks;
    private final int slotBytes;
    private final int packetsOffset;
    private final int bytesOffset;
    private final long[] packets;
    private final long[] bytes;
    private final SlotChange change;

    private FlowTable(
            MappedRegion slots,
            MappedRegion acks,
            int count,
            int slotBytes,
            int packetsOffset,
            int bytesOffset,
            SlotChange change) {
        this.slots = slots;
        this.acks = acks;
        this.slotBytes = slotBytes;
        this.packetsOffset = packetsOffset;
        this.bytesOffset = bytesOffset;
        this.packets = new long[count];
        this.bytes = new long[count];
        this.change = change;
    }

    static FlowTable ipv4(KernelTables tables, KernelClock clock) {
        int count = tables.cpus * tables.buckets4 * KernelTables.BUCKET_SLOTS;
        return ipv4(tables.flows4, tables.acks4, count, clock::ofJiffies);
    }

    /** {@code epochNs}: from jiffies to nanoseconds since the epoch. */
    static FlowTable ipv4(MappedRegion slots, MappedRegion acks, int count, LongUnaryOperator epochNs) {
        return new FlowTable(
                slots,
                acks,
                count,
                Layout.FLOW4_SLOT_SIZE,
                Layout.FLOW4_SLOT_PACKETS_OFFSET,
                Layout.FLOW4_SLOT_BYTES_OFFSET,
                new Ipv4Change(slots, epochNs));
    }

    static FlowTable ipv6(KernelTables tables, KernelClock clock) {
        return new FlowTable(
                tables.flows6,
                tables.acks6,
                tables.cpus * tables.buckets6 * KernelTables.BUCKET_SLOTS,
                Layout.FLOW6_SLOT_SIZE,
                Layout.FLOW6_SLOT_PACKETS_OFFSET,
                Layout.FLOW6_SLOT_BYTES_OFFSET,
                new Ipv6Change(tables.flows6, clock::ofJiffies));
    }

    /** Visits what changed; a change whose visitor throws stays, and ends the scan. */
    int scan(FlowSource.Visitor visitor, Taken taken) {
        int changed = 0;
        for (int slot = 0; slot < packets.length; slot++) {
            long at = (long) slot * slotBytes;
            long now = slots.getLongAcquire(at + packetsOffset);
            if (now == packets[slot]) {
                continue;
            }
            long nowBytes = slots.getLong(at + bytesOffset);
            change.at = at;
            change.packets = now - packets[slot];
            change.bytes = nowBytes - bytes[slot];
            visitor.flow(change);
            taken.flow(
                    change.interfaceId(),
                    change.direction().ordinal(),
                    change.ipProtocol(),
                    change.packets,
                    change.bytes);
            packets[slot] = now;
            bytes[slot] = nowBytes;
            acks.putLongRelease((long) slot * Long.BYTES, now);
            changed++;
        }
        return changed;
    }

    /** Told of every change that the visitor took. */
    interface Taken {
        void flow(int interfaceId, int direction, int protocol, long packets, long bytes);
    }

    /** A cursor over slots. */
    private abstract static class SlotChange implements FlowSource.Change {
        private static final Direction[] DIRECTIONS = Direction.values();

        final MappedRegion slots;
        private final LongUnaryOperator epochNs;
        private final int keyOffset;
        private final int recordOffset;
        long at;
        long packets;
        long bytes;

        SlotChange(MappedRegion slots, LongUnaryOperator epochNs, int keyOffset, int recordOffset) {
            this.slots = slots;
            this.epochNs = epochNs;
            this.keyOffset = keyOffset;
            this.recordOffset = recordOffset;
        }

        /** Fields after the addresses lie alike in both keys, as do those after the key in both slots. */
        private long tail(int flow4KeyOffset) {
            return at + keyOffset + flow4KeyOffset - Layout.FLOW4_KEY_SPORT_OFFSET;
        }

        private long record(int flow4SlotOffset) {
            return at + recordOffset + flow4SlotOffset - Layout.FLOW4_SLOT_PACKETS_OFFSET;
        }

        private int flags() {
            return slots.getUnsignedByte(tail(Layout.FLOW4_KEY_FLAGS_OFFSET));
        }

        @Override
        public int interfaceId() {
            return slots.getUnsignedShort(tail(Layout.FLOW4_KEY_ATTACHMENT_OFFSET));
        }

        @Override
        public Direction direction() {
            return DIRECTIONS[flags() & Layout.FLOW_EGRESS];
        }

        @Override
        public int vlan() {
            return slots.getUnsignedShort(tail(Layout.FLOW4_KEY_VLAN_OFFSET));
        }

        @Override
        public int innerVlan() {
            return slots.getUnsignedShort(tail(Layout.FLOW4_KEY_INNER_VLAN_OFFSET));
        }

        @Override
        public int ipProtocol() {
            return slots.getUnsignedByte(tail(Layout.FLOW4_KEY_PROTOCOL_OFFSET));
        }

        @Override
        public boolean isFragment() {
            return (flags() & Layout.FLOW_FRAGMENT) != 0;
        }

        @Override
        public int srcPort() {
            return slots.getUnsignedShortBigEndian(tail(Layout.FLOW4_KEY_SPORT_OFFSET));
        }

        @Override
        public int dstPort() {
            return slots.getUnsignedShortBigEndian(tail(Layout.FLOW4_KEY_DPORT_OFFSET));
        }

        @Override
        public long packets() {
            return packets;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public long firstSeenNs() {
            return epochNs.applyAsLong(slots.getLong(record(Layout.FLOW4_SLOT_FIRST_JIFFIES_OFFSET)));
        }

        @Override
        public long lastSeenNs() {
            return epochNs.applyAsLong(slots.getLong(record(Layout.FLOW4_SLOT_LAST_JIFFIES_OFFSET)));
        }

        @Override
        public int firstTcpFlags() {
            return slots.getUnsignedByte(record(Layout.FLOW4_SLOT_FIRST_TCP_FLAGS_OFFSET));
        }

        @Override
        public int tcpFlags() {
            return slots.getUnsignedByte(record(Layout.FLOW4_SLOT_TCP_FLAGS_OFFSET));
        }
    }

    private static final class Ipv4Change extends SlotChange {
        Ipv4Change(MappedRegion slots, LongUnaryOperator epochNs) {
            super(slots, epochNs, Layout.FLOW4_KEY_SPORT_OFFSET, Layout.FLOW4_SLOT_PACKETS_OFFSET);
        }

        @Override
        public long srcHi() {
            return 0;
        }

        @Override
        public long srcLo() {
            return Addresses.mapped(slots.getIntBigEndian(at + Layout.FLOW4_KEY_SRC_OFFSET));
        }

        @Override
        public long dstHi() {
            return 0;
        }

        @Override
        public long dstLo() {
            return Addresses.mapped(slots.getIntBigEndian(at + Layout.FLOW4_KEY_DST_OFFSET));
        }
    }

    private static final class Ipv6Change extends SlotChange {
        Ipv6Change(MappedRegion slots, LongUnaryOperator epochNs) {
            super(slots, epochNs, Layout.FLOW6_KEY_SPORT_OFFSET, Layout.FLOW6_SLOT_PACKETS_OFFSET);
        }

        @Override
        public long srcHi() {
            return slots.getLongBigEndian(at + Layout.FLOW6_KEY_SRC_OFFSET);
        }

        @Override
        public long srcLo() {
            return slots.getLongBigEndian(at + Layout.FLOW6_KEY_SRC_OFFSET + Long.BYTES);
        }

        @Override
        public long dstHi() {
            return slots.getLongBigEndian(at + Layout.FLOW6_KEY_DST_OFFSET);
        }

        @Override
        public long dstLo() {
            return slots.getLongBigEndian(at + Layout.FLOW6_KEY_DST_OFFSET + Long.BYTES);
        }
    }
}
