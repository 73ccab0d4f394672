// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.List;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.RingPoll;
import org.jopil.bpf.RingReader;
import org.jopil.bus.EventBus;
import org.jopil.bus.PayloadColumns;
import org.jopil.bus.PayloadWriter;

/** Moves the first payloads of flows from the kernel's ring to the bus, on a thread of its own. */
final class PayloadDrain implements RingReader.Handler {
    /** Tokens that a CPU saves up while nothing new begins: a page is opened, and twenty connections with it. */
    private static final int BURST_PER_SECOND = 4;

    private final KernelTables tables;
    private final KernelCounters counters;
    private final KernelClock clock;
    private final PayloadWriter writer;
    private final RingPoll reader;
    private final long rowsBefore;

    private volatile int wantedPerSecond;

    // the reader's thread
    private int givenPerSecond;
    private long epochMinusMonoNs;
    private long read;

    private volatile List<HandOff> taken = List.of();

    PayloadDrain(KernelTables tables, KernelCounters counters, EventBus bus, KernelClock clock, int wantedPerSecond) {
        this.tables = tables;
        this.counters = counters;
        this.clock = clock;
        this.writer = bus.payloads();
        this.rowsBefore = writer.rows();
        this.wantedPerSecond = wantedPerSecond;
        this.reader = new RingPoll("payloads", tables.payloads, this, this::afterLook);
    }

    /** Payloads per second and interface that are wanted; 0 = none. Takes effect within 0.1 s. Any thread. */
    void want(int perSecond) {
        wantedPerSecond = perSecond;
    }

    /** Payloads that one CPU may tell of one interface in a jiffy. Any thread. */
    int rate() {
        return tables.payloadRate();
    }

    private void afterLook() {
        if (givenPerSecond != wantedPerSecond) {
            givenPerSecond = wantedPerSecond;
            give(givenPerSecond);
        }
        publish();
    }

    /** On the reader's thread: it may have to wait until the clock knows the kernel's HZ. */
    private void give(int perSecond) {
        int perCpu = (perSecond + tables.cpus - 1) / tables.cpus;
        int perJiffy = (perCpu + clock.hertz() - 1) / clock.hertz();
        tables.payloadRate(perSecond == 0 ? 0 : perJiffy, Math.max(perJiffy, perCpu / BURST_PER_SECOND));
    }

    private void publish() {
        writer.publish();
        InterfaceCounters.Payloads kernel = counters.payloads();
        // counted some 10 ns after it is in the ring: what is read may not be counted yet
        long submitted = Math.max(kernel.submitted(), read);
        long wanted = submitted + kernel.refused() + kernel.ringFull();
        taken = List.of(
                new HandOff(HandOffs.PAYLOADS, "kernel", wanted, submitted, kernel.refused(), kernel.ringFull(), 0),
                new HandOff(HandOffs.PAYLOADS, "ring", submitted, read, 0, 0, submitted - read),
                new HandOff(HandOffs.PAYLOADS, "bus", read, writer.rows() - rowsBefore, 0, 0, 0));
    }

    /** What became of the payloads that were to be told. Any thread. */
    List<HandOff> handOffs() {
        return taken;
    }

    @Override
    public void record(int cpu, MappedRegion data, long at, int length) {
        PayloadColumns c = writer.columns();
        if (c.isFull()) {
            writer.publish();
            c = writer.columns();
        }
        int row = c.size;
        if (row == 0) {
            epochMinusMonoNs = clock.epochMinusMonoNs();
        }
        read++;
        c.timestampNs[row] = data.getLong(at + Layout.PAYLOAD_EVENT_TIMESTAMP_NS_OFFSET) + epochMinusMonoNs;
        c.interfaceId[row] = data.getInt(at + Layout.PAYLOAD_EVENT_ATTACHMENT_OFFSET);
        c.egress[row] = data.getUnsignedByte(at + Layout.PAYLOAD_EVENT_DIRECTION_OFFSET) == Layout.EGRESS;
        c.vlan[row] = (char) data.getUnsignedShort(at + Layout.PAYLOAD_EVENT_OUTER_VLAN_OFFSET);
        c.innerVlan[row] = (char) data.getUnsignedShort(at + Layout.PAYLOAD_EVENT_INNER_VLAN_OFFSET);
        c.ipProtocol[row] = (short) data.getUnsignedByte(at + Layout.PAYLOAD_EVENT_IP_PROTOCOL_OFFSET);
        c.srcHi[row] = data.getLongBigEndian(at + Layout.PAYLOAD_EVENT_SRC_OFFSET);
        c.srcLo[row] = data.getLongBigEndian(at + Layout.PAYLOAD_EVENT_SRC_OFFSET + Long.BYTES);
        c.dstHi[row] = data.getLongBigEndian(at + Layout.PAYLOAD_EVENT_DST_OFFSET);
        c.dstLo[row] = data.getLongBigEndian(at + Layout.PAYLOAD_EVENT_DST_OFFSET + Long.BYTES);
        c.srcPort[row] = (char) data.getUnsignedShortBigEndian(at + Layout.PAYLOAD_EVENT_SPORT_OFFSET);
        c.dstPort[row] = (char) data.getUnsignedShortBigEndian(at + Layout.PAYLOAD_EVENT_DPORT_OFFSET);
        c.tcpFlags[row] = data.getByte(at + Layout.PAYLOAD_EVENT_TCP_FLAGS_OFFSET);
        c.tcpSequence[row] = data.getInt(at + Layout.PAYLOAD_EVENT_TCP_SEQUENCE_OFFSET);
        c.payloadBytes[row] = data.getInt(at + Layout.PAYLOAD_EVENT_PAYLOAD_BYTES_OFFSET);
        int captured = Math.min(
                data.getUnsignedShort(at + Layout.PAYLOAD_EVENT_CAPTURED_BYTES_OFFSET),
                Math.min(PayloadColumns.ROW_BYTES, length - Layout.PAYLOAD_EVENT_DATA_OFFSET));
        data.copy(at + Layout.PAYLOAD_EVENT_DATA_OFFSET, c.data, c.room(captured), captured);
        c.size = row + 1;
    }

    /** What is in the ring is still published. Nothing is attached any more. */
    void stop() {
        reader.stop();
    }
}
