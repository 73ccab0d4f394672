// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.HashMap;
import java.util.Map;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Counters;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;

/**
 * The counters of one interface, over all its attachments: what ended ones left, plus the mapped counters of the live one.
 * Guarded by {@link KernelCounters}.
 */
final class InterfaceCounters {

    static final int PROTOCOLS = Layout.PROTOCOLS;

    static final int IP_PROTOCOLS = 256;
    private static final Direction[] DIRECTIONS = Direction.values();
    private static final int PACKETS = 0;
    private static final int BYTES = 1;

    private static final int EVENTS = 4;
    private static final int OBSERVED = 0;
    private static final int SUBMITTED = 1;
    private static final int SAMPLED_OUT = 2;
    private static final int RING_FULL = 3;
    /** A writer is between two of its stores for some 100 ns, of a microsecond at least from packet to packet. */
    private static final int CONSISTENT_ATTEMPTS = 1000;

    /** First payloads: in the ring, more than the rate allows or not to be copied, and without room in the ring. */
    record Payloads(long submitted, long refused, long ringFull) {
        static final Payloads NONE = new Payloads(0, 0, 0);

        Payloads plus(Payloads other) {
            return new Payloads(submitted + other.submitted, refused + other.refused, ringFull + other.ringFull);
        }
    }

    private final int id;
    private final int cpus;
    /** Per direction and CPU, as the mapped structs: packets and bytes of each protocol, then of each overflow. */
    private final long[][] ended;

    private final long[][] endedEvents = new long[DIRECTIONS.length][EVENTS];
    private long endedInserted;
    private Payloads endedPayloads = Payloads.NONE;
    private final Map<Integer, long[]> endedEtherTypes = new HashMap<>();

    private MappedRegion live;
    private int stride;
    private NonIp nonIp;

    InterfaceCounters(int id, int cpus) {
        this.id = id;
        this.cpus = cpus;
        this.ended = new long[DIRECTIONS.length * cpus][];
    }

    int id() {
        return id;
    }

    void start(MappedRegion counters, int counterStride, BpfMap etherTypes) {
        live = counters;
        stride = counterStride;
        nonIp = new NonIp(etherTypes);
    }

    /** Keeps what the live attachment counted; no program of it runs any more. */
    void end() {
        if (live == null) {
            return;
        }
        nonIp.refresh();
        nonIp.byType.forEach(
                (key, values) -> add(endedEtherTypes.computeIfAbsent(key, k -> new long[2 * cpus]), values));
        long[] events = new long[EVENTS];
        for (int direction = 0; direction < DIRECTIONS.length; direction++) {
            liveEvents(direction, events);
            add(endedEvents[direction], events);
        }
        endedInserted += liveInserted();
        endedPayloads = payloads();
        for (int slot = 0; slot < ended.length; slot++) {
            if (live.getLong(at(slot, Layout.COUNTERS_OBSERVED_OFFSET)) == 0) {
                continue;
            }
            long[] block = ended[slot] == null ? new long[2 * 2 * PROTOCOLS] : ended[slot];
            for (int i = 0; i < block.length; i++) {
                block[i] += liveValue(slot, i);
            }
            ended[slot] = block;
        }
        live = null;
        nonIp = null;
    }

    private static void add(long[] sum, long[] more) {
        for (int i = 0; i < more.length; i++) {
            sum[i] += more[i];
        }
    }

    private long at(int slot, int offset) {
        return (long) slot * stride + offset;
    }

    /** The {@code index}-th of packets, bytes, packets… of the protocols, then of the overflow. */
    private long liveValue(int slot, int index) {
        int half = 2 * PROTOCOLS;
        int base = index < half ? Layout.COUNTERS_PROTOCOL_OFFSET : Layout.COUNTERS_OVERFLOW_OFFSET;
        int entry = index < half ? index : index - half;
        int field = (entry & 1) == PACKETS ? Layout.COUNTER_PACKETS_OFFSET : Layout.COUNTER_BYTES_OFFSET;
        return live.getLong(at(slot, base + (entry >> 1) * Layout.COUNTER_SIZE + field));
    }

    private long value(int slot, int index) {
        long sum = live == null ? 0 : liveValue(slot, index);
        return ended[slot] == null ? sum : sum + ended[slot][index];
    }

    private long packets(int slot, int protocol) {
        return value(slot, 2 * protocol + PACKETS);
    }

    private long overflowPackets(int slot, int protocol) {
        return value(slot, 2 * (PROTOCOLS + protocol) + PACKETS);
    }

    void visit(Counters.Visitor visitor) {
        for (int slot = 0; slot < ended.length; slot++) {
            Direction direction = DIRECTIONS[slot / cpus];
            for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
                long packets = packets(slot, protocol);
                if (packets != 0 && protocol != Protocols.NON_IP) {
                    visitor.counter(id, direction, slot % cpus, protocol, packets, value(slot, 2 * protocol + BYTES));
                }
            }
        }
        visitNonIp(visitor);
        long[] events = new long[EVENTS];
        for (Direction direction : DIRECTIONS) {
            visitOverflow(direction, visitor);
            events(direction.ordinal(), events);
            if (events[OBSERVED] != 0) {
                visitor.events(
                        id, direction, events[OBSERVED], events[SUBMITTED], events[SAMPLED_OUT], events[RING_FULL]);
            }
        }
    }

    private void visitOverflow(Direction direction, Counters.Visitor visitor) {
        for (int protocol = 0; protocol < IP_PROTOCOLS; protocol++) {
            long packets = 0;
            long bytes = 0;
            for (int cpu = 0; cpu < cpus; cpu++) {
                int slot = direction.ordinal() * cpus + cpu;
                packets += overflowPackets(slot, protocol);
                bytes += value(slot, 2 * (PROTOCOLS + protocol) + BYTES);
            }
            if (packets != 0) {
                visitor.overflow(id, direction, protocol, packets, bytes);
            }
        }
    }

    private void visitNonIp(Counters.Visitor visitor) {
        Map<Integer, long[]> sums = endedEtherTypes;
        if (nonIp != null) {
            nonIp.refresh();
            if (endedEtherTypes.isEmpty()) {
                sums = nonIp.byType;
            } else {
                sums = new HashMap<>();
                for (Map<Integer, long[]> part : java.util.List.of(endedEtherTypes, nonIp.byType)) {
                    for (Map.Entry<Integer, long[]> entry : part.entrySet()) {
                        add(sums.computeIfAbsent(entry.getKey(), k -> new long[2 * cpus]), entry.getValue());
                    }
                }
            }
        }
        for (Map.Entry<Integer, long[]> entry : sums.entrySet()) {
            Direction direction = DIRECTIONS[entry.getKey() >>> 24];
            int type = entry.getKey() & 0xFF_FFFF;
            int protocol = type == NonIp.OTHER ? Protocols.NON_IP : Protocols.ofEtherType(type);
            for (int cpu = 0; cpu < cpus; cpu++) {
                long packets = entry.getValue()[2 * cpu + PACKETS];
                if (packets != 0) {
                    visitor.counter(id, direction, cpu, protocol, packets, entry.getValue()[2 * cpu + BYTES]);
                }
            }
        }
    }

    /** What every IP protocol of one direction has counted, into {@code totals}. */
    void ip(Direction direction, IpTotals totals) {
        totals.clear();
        for (int cpu = 0; cpu < cpus; cpu++) {
            int slot = direction.ordinal() * cpus + cpu;
            for (int protocol = 0; protocol < IP_PROTOCOLS; protocol++) {
                long counted = packets(slot, protocol);
                if (counted == 0) {
                    continue;
                }
                totals.packets[protocol] += counted;
                totals.bytes[protocol] += value(slot, 2 * protocol + BYTES);
                totals.overflowPackets[protocol] += overflowPackets(slot, protocol);
                totals.overflowBytes[protocol] += value(slot, 2 * (PROTOCOLS + protocol) + BYTES);
            }
        }
    }

    /** Events that the kernel says it put on a ring. */
    long submitted() {
        return sumOf(SUBMITTED, Layout.COUNTERS_SUBMITTED_OFFSET);
    }

    /** Packets of IP that are or were in the flow table. */
    long packetsInFlows() {
        long sum = 0;
        for (int slot = 0; slot < ended.length; slot++) {
            for (int protocol = 0; protocol < IP_PROTOCOLS; protocol++) {
                sum += packets(slot, protocol) - overflowPackets(slot, protocol);
            }
        }
        return sum;
    }

    /** Packets of IP that found no flow slot. */
    long overflow() {
        long sum = 0;
        for (int slot = 0; slot < ended.length; slot++) {
            for (int protocol = 0; protocol < IP_PROTOCOLS; protocol++) {
                sum += overflowPackets(slot, protocol);
            }
        }
        return sum;
    }

    /** Packets and bytes of all protocols of one direction. */
    long[] totals(Direction direction) {
        long[] sum = new long[2];
        for (int cpu = 0; cpu < cpus; cpu++) {
            int slot = direction.ordinal() * cpus + cpu;
            for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
                sum[0] += packets(slot, protocol);
                sum[1] += value(slot, 2 * protocol + BYTES);
            }
        }
        return sum;
    }

    long observed() {
        return sumOf(OBSERVED, Layout.COUNTERS_OBSERVED_OFFSET);
    }

    long ringFull() {
        return sumOf(RING_FULL, Layout.COUNTERS_RING_FULL_OFFSET);
    }

    /** Slots taken for new flows. */
    long inserted() {
        return endedInserted + liveInserted();
    }

    /** What became of the first payloads of flows. */
    Payloads payloads() {
        return endedPayloads.plus(new Payloads(
                liveSum(Layout.COUNTERS_PAYLOADS_SUBMITTED_OFFSET),
                liveSum(Layout.COUNTERS_PAYLOADS_REFUSED_OFFSET),
                liveSum(Layout.COUNTERS_PAYLOADS_RING_FULL_OFFSET)));
    }

    private long liveInserted() {
        return liveSum(Layout.COUNTERS_FLOWS_INSERTED_OFFSET);
    }

    private long liveSum(int offset) {
        long sum = 0;
        for (int slot = 0; live != null && slot < ended.length; slot++) {
            sum += live.getLong(at(slot, offset));
        }
        return sum;
    }

    private long sumOf(int event, int offset) {
        long sum = 0;
        for (int direction = 0; direction < DIRECTIONS.length; direction++) {
            sum += endedEvents[direction][event];
        }
        for (int slot = 0; live != null && slot < ended.length; slot++) {
            sum += live.getLong(at(slot, offset));
        }
        return sum;
    }

    private void events(int direction, long[] into) {
        liveEvents(direction, into);
        add(into, endedEvents[direction]);
    }

    private void liveEvents(int direction, long[] into) {
        java.util.Arrays.fill(into, 0);
        for (int cpu = 0; live != null && cpu < cpus; cpu++) {
            addConsistent(direction * cpus + cpu, into);
        }
    }

    /** The four of one CPU as they were at one moment; as they are, if the writer never leaves a moment between two packets. */
    private void addConsistent(int slot, long[] into) {
        long observed;
        long submitted;
        long sampledOut;
        long ringFull;
        int attempt = 0;
        do {
            observed = live.getLongAcquire(at(slot, Layout.COUNTERS_OBSERVED_OFFSET));
            submitted = live.getLongAcquire(at(slot, Layout.COUNTERS_SUBMITTED_OFFSET));
            sampledOut = live.getLongAcquire(at(slot, Layout.COUNTERS_SAMPLED_OUT_OFFSET));
            ringFull = live.getLongAcquire(at(slot, Layout.COUNTERS_RING_FULL_OFFSET));
        } while (observed != submitted + sampledOut + ringFull && ++attempt < CONSISTENT_ATTEMPTS);
        into[OBSERVED] += observed;
        into[SUBMITTED] += submitted;
        into[SAMPLED_OUT] += sampledOut;
        into[RING_FULL] += ringFull;
    }

    /**
     * Frames that are not IP by EtherType: a hash in the kernel, asked only when the counter of all of them has moved.
     */
    private final class NonIp {
        /** Those whose EtherType found no place. */
        static final int OTHER = 0x1_0000;

        private final BpfMap map;
        /** Direction << 24 | EtherType, to packets and bytes per CPU. */
        private final Map<Integer, long[]> byType = new HashMap<>();

        private final long[] seen = new long[2 * DIRECTIONS.length * cpus];

        NonIp(BpfMap map) {
            this.map = map;
        }

        /**
         * The sum is read before its parts: parts may run ahead of it, so the rest is a lower bound; keeping the largest,
         * nothing ever goes back.
         */
        void refresh() {
            boolean changed = false;
            for (int i = 0; i < seen.length; i++) {
                long now = liveValue(i / 2, 2 * Protocols.NON_IP + (i & 1));
                changed |= now != seen[i];
                seen[i] = now;
            }
            if (!changed) {
                return;
            }
            long[] parts = new long[seen.length];
            map.forEach((key, value) -> {
                java.nio.ByteBuffer k = java.nio.ByteBuffer.wrap(key).order(java.nio.ByteOrder.nativeOrder());
                java.nio.ByteBuffer v = java.nio.ByteBuffer.wrap(value).order(java.nio.ByteOrder.nativeOrder());
                int type = k.getShort(Layout.NON_IP_KEY_ETHER_TYPE_OFFSET) & 0xFFFF;
                int direction = k.getShort(Layout.NON_IP_KEY_DIRECTION_OFFSET);
                long[] values = byType.computeIfAbsent(direction << 24 | type, x -> new long[2 * cpus]);
                for (int cpu = 0; cpu < cpus; cpu++) {
                    int at = cpu * Layout.COUNTER_SIZE;
                    values[2 * cpu] = v.getLong(at + Layout.COUNTER_PACKETS_OFFSET);
                    values[2 * cpu + 1] = v.getLong(at + Layout.COUNTER_BYTES_OFFSET);
                    parts[2 * (direction * cpus + cpu)] += values[2 * cpu];
                    parts[2 * (direction * cpus + cpu) + 1] += values[2 * cpu + 1];
                }
            });
            for (int i = 0; i < seen.length; i++) {
                long rest = seen[i] - parts[i];
                if (rest > 0) {
                    int slot = i / 2;
                    long[] other = byType.computeIfAbsent(slot / cpus << 24 | OTHER, x -> new long[2 * cpus]);
                    int index = 2 * (slot % cpus) + (i & 1);
                    other[index] = Math.max(other[index], rest);
                }
            }
        }
    }
}
