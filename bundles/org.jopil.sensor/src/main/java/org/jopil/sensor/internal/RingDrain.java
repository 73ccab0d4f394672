// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.Arrays;
import java.util.List;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.Sampling;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.RingPositions;
import org.jopil.bpf.RingReader;
import org.jopil.bus.EventBus;
import org.jopil.bus.PacketColumns;
import org.jopil.bus.PacketWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that moves packet events from the kernel's rings to the bus, and keeps their number within its budget. Its
 * pace: it looks 20 times a second, 100 times while more than a few events come, and sooner when a ring is a quarter full.
 */
final class RingDrain implements RingReader.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(RingDrain.class);

    /** Rows that are worth a publication before their time. */
    private static final int PUBLISH_ROWS = 1000;

    private static final long PUBLISH_NS = 15_000_000;
    /** At most 100 looks a second, while events come. */
    private static final int BUSY_AWAIT_MS = 10;
    /** Fewer looks keep a quiet machine quiet. A flood wakes; a lost wake-up ends here: see {@link RingReader}. */
    private static final int QUIET_AWAIT_MS = 50;

    private static final long QUIET_PER_SECOND = 200;
    private static final long SECOND_NS = 1_000_000_000;
    private static final int ROW_BITS = 10;

    private final KernelTables tables;
    private final KernelCounters counters;
    private final PacketWriter writer;
    private final RingReader reader;
    private final RingStock stock;
    private final Thread thread;
    private final long[] order = new long[PacketColumns.CAPACITY];
    private final RowMover mover = new RowMover();

    private volatile KernelClock clock;
    private volatile int wantedPerSecond;
    private volatile boolean stopping;
    private volatile Sampling.State state;
    private int governedPerSecond;
    private SamplingGovernor governor;
    private long changesBefore;
    private double fullest;
    private int published;
    private int publishedBehind;
    private PacketColumns columns;
    private long epochMinusMonoNs;
    private boolean unordered;

    /** @param busBefore rows on the bus that are none of this sensor's */
    RingDrain(
            KernelTables tables,
            KernelCounters counters,
            EventBus bus,
            long busBefore,
            KernelClock clock,
            int wantedPerSecond) {
        this.tables = tables;
        this.counters = counters;
        this.writer = bus.packets();
        this.clock = clock;
        this.wantedPerSecond = wantedPerSecond;
        this.reader = new RingReader(tables.rings, tables.ringControl, tables.wakeupBytes());
        RingPositions positions = new RingPositions(tables.rings);
        this.stock = new RingStock(positions, counters::submitted, bus::deliveredPackets, busBefore);
        govern();
        thread = new Thread(this::run, "jopil-rings");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** The account of the rings and of what the bus got from them. Any thread. */
    List<HandOffs.HandOff> handOffs() {
        return stock.handOffs();
    }

    /** Events per second that are wanted, from now on. */
    void want(int perSecond) {
        wantedPerSecond = perSecond;
    }

    /** What is chosen now. Any thread. */
    Sampling.State sampling() {
        return state;
    }

    private void govern() {
        if (governor != null) {
            changesBefore += governor.changes();
        }
        governedPerSecond = wantedPerSecond;
        governor = new SamplingGovernor(governedPerSecond, System.nanoTime(), counters.observed(), counters.ringFull());
        apply();
    }

    private void apply() {
        tables.sampleStep(governor.step());
        state = new Sampling.State(governor.step(), governedPerSecond, changesBefore + governor.changes());
    }

    private void run() {
        long publishedNs = System.nanoTime();
        long before = publishedNs;
        while (!stopping) {
            try {
                long now = System.nanoTime();
                fullest = Math.max(fullest, reader.fullest());
                boolean quiet = drain() * SECOND_NS <= QUIET_PER_SECOND * (now - before);
                before = now;
                if (columns != null && columns.size > 0 && now - publishedNs >= PUBLISH_NS) {
                    publish();
                    publishedNs = now;
                }
                stock.takeWhenDue(now, columns == null ? 0 : columns.size);
                if (governedPerSecond != wantedPerSecond) {
                    govern();
                } else if (governor.isDue(now)) {
                    adjust(now);
                }
                reader.await(quiet ? QUIET_AWAIT_MS : BUSY_AWAIT_MS);
            } catch (RuntimeException e) {
                LOG.error("Packet events: draining goes on in a second", e);
                columns = null;
                java.util.concurrent.locks.LockSupport.parkNanos(SECOND_NS);
            }
        }
        int rest;
        do {
            rest = drain();
        } while (rest > 0);
        publish();
        stock.take(0);
    }

    private void adjust(long now) {
        int before = governor.step();
        // what was published in one go after a sleep finds everybody behind; who can keep up is not at the next one
        boolean busBehind = published > 0 && publishedBehind == published;
        governor.look(now, counters.observed(), counters.ringFull(), fullest, busBehind);
        fullest = 0;
        published = 0;
        publishedBehind = 0;
        if (governor.step() != before) {
            apply();
        }
    }

    /** Empties the rings; full batches are published on the way. */
    private int drain() {
        epochMinusMonoNs = clock.epochMinusMonoNs();
        int total = 0;
        int done;
        do {
            if (columns == null) {
                columns = writer.columns();
                unordered = false;
            }
            done = reader.drain(this, PUBLISH_ROWS - columns.size);
            total += done;
            if (columns.size >= PUBLISH_ROWS) {
                publish();
            }
        } while (done > 0 && total < 64 * PUBLISH_ROWS);
        return total;
    }

    private void publish() {
        if (columns == null || columns.size == 0) {
            return;
        }
        if (unordered) {
            sort();
        }
        columns = null;
        publishedBehind += writer.publish() ? 1 : 0;
        published++;
    }

    @Override
    public void record(int cpu, MappedRegion data, long at, int length) {
        if (length < Layout.PACKET_EVENT_SIZE
                || data.getInt(at + Layout.PACKET_EVENT_TYPE_OFFSET) != Layout.EVENT_PACKET) {
            throw new IllegalStateException("not a packet event: " + length + " bytes");
        }
        PacketColumns c = columns;
        int row = c.size;
        stock.read(cpu);
        long time = data.getLong(at + Layout.PACKET_EVENT_TIMESTAMP_NS_OFFSET) + epochMinusMonoNs;
        c.timestampNs[row] = time;
        unordered |= row > 0 && time < c.timestampNs[row - 1];
        c.weight[row] = data.getInt(at + Layout.PACKET_EVENT_WEIGHT_OFFSET);
        c.packets[row] = data.getInt(at + Layout.PACKET_EVENT_PACKETS_OFFSET);
        c.wireBytes[row] = data.getInt(at + Layout.PACKET_EVENT_WIRE_BYTES_OFFSET);
        c.lengthBytes[row] = data.getInt(at + Layout.PACKET_EVENT_FRAME_BYTES_OFFSET);
        c.interfaceId[row] = data.getInt(at + Layout.PACKET_EVENT_ATTACHMENT_OFFSET);
        c.hook[row] = data.getUnsignedByte(at + Layout.PACKET_EVENT_HOOK_OFFSET) == Layout.HOOK_XDP
                ? PacketColumns.HOOK_XDP
                : PacketColumns.HOOK_TC;
        c.cpu[row] = (short) data.getUnsignedShort(at + Layout.PACKET_EVENT_CPU_OFFSET);
        c.rxQueue[row] = data.getInt(at + Layout.PACKET_EVENT_RX_QUEUE_OFFSET);
        c.etherType[row] = (char) data.getUnsignedShort(at + Layout.PACKET_EVENT_ETHER_TYPE_OFFSET);
        c.vlan[row] = (char) data.getUnsignedShort(at + Layout.PACKET_EVENT_OUTER_VLAN_OFFSET);
        fillHeaders(c, row, data, at);
        c.size = row + 1;
    }

    private static void fillHeaders(PacketColumns c, int row, MappedRegion data, long at) {
        int flags = data.getUnsignedShort(at + Layout.PACKET_EVENT_FLAGS_OFFSET);
        boolean ip = (flags & Layout.PACKET_IP) != 0;
        c.flags[row] = flags(flags, data.getUnsignedByte(at + Layout.PACKET_EVENT_DIRECTION_OFFSET));
        c.ipProtocol[row] = (short) (ip ? data.getUnsignedByte(at + Layout.PACKET_EVENT_IP_PROTOCOL_OFFSET) : -1);
        c.srcHi[row] = ip ? data.getLongBigEndian(at + Layout.PACKET_EVENT_SRC_OFFSET) : 0;
        c.srcLo[row] = ip ? data.getLongBigEndian(at + Layout.PACKET_EVENT_SRC_OFFSET + Long.BYTES) : 0;
        c.dstHi[row] = ip ? data.getLongBigEndian(at + Layout.PACKET_EVENT_DST_OFFSET) : 0;
        c.dstLo[row] = ip ? data.getLongBigEndian(at + Layout.PACKET_EVENT_DST_OFFSET + Long.BYTES) : 0;
        boolean ports = (flags & Layout.PACKET_PORTS) != 0;
        c.srcPort[row] = (char) (ports ? data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_SPORT_OFFSET) : 0);
        c.dstPort[row] = (char) (ports ? data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_DPORT_OFFSET) : 0);
        c.tcpFlags[row] = data.getByte(at + Layout.PACKET_EVENT_TCP_FLAGS_OFFSET);
        c.acceleratedVlan[row] = (flags & Layout.PACKET_VLAN_ACCELERATED) == 0
                ? 0
                : data.getUnsignedShort(at + Layout.PACKET_EVENT_VLAN_PROTOCOL_OFFSET) << 16
                        | data.getUnsignedShort(at + Layout.PACKET_EVENT_VLAN_TCI_OFFSET);
        int captured = Math.min(
                data.getUnsignedShort(at + Layout.PACKET_EVENT_CAPTURED_BYTES_OFFSET), PacketColumns.CAPTURE_BYTES);
        c.capturedLength[row] = (short) captured;
        data.copy(at + Layout.PACKET_EVENT_DATA_OFFSET, c.captured, row * PacketColumns.CAPTURE_BYTES, captured);
    }

    private static byte flags(int kernel, int direction) {
        int flags = 0;
        flags |= (kernel & Layout.PACKET_PORTS) != 0 ? PacketColumns.FLAG_PORTS : 0;
        flags |= (kernel & Layout.PACKET_FRAGMENT) != 0 ? PacketColumns.FLAG_FRAGMENT : 0;
        flags |= (kernel & Layout.PACKET_MALFORMED) != 0 ? PacketColumns.FLAG_MALFORMED : 0;
        flags |= (kernel & Layout.PACKET_LAYER3) != 0 ? PacketColumns.FLAG_LAYER3 : 0;
        flags |= direction == Layout.EGRESS ? PacketColumns.FLAG_EGRESS : 0;
        return (byte) flags;
    }

    /** Rings are drained one CPU after the other; a batch is told in the order of time. */
    private void sort() {
        PacketColumns c = columns;
        long base = Long.MAX_VALUE;
        for (int row = 0; row < c.size; row++) {
            base = Math.min(base, c.timestampNs[row]);
        }
        for (int row = 0; row < c.size; row++) {
            order[row] = c.timestampNs[row] - base << ROW_BITS | row;
        }
        Arrays.sort(order, 0, c.size);
        for (int row = 0; row < c.size; row++) {
            order[row] &= PacketColumns.CAPACITY - 1;
        }
        mover.permute(c, order);
    }

    /**
     * Drains what is left, publishes it and ends the thread; then unmaps the rings.
     *
     * @return false if the thread did not end in time: the rings must stay mapped
     */
    boolean stop(long timeoutMs) {
        stopping = true;
        reader.wake();
        try {
            thread.join(timeoutMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            return false;
        }
        close();
        return true;
    }

    /** After a {@link #stop} that was too short: unmaps the rings when the thread has ended, and then frees. */
    void whenEnded(Runnable free) {
        Thread last = new Thread(
                () -> {
                    try {
                        thread.join();
                    } catch (InterruptedException e) {
                        return; // nobody interrupts it
                    }
                    close();
                    free.run();
                },
                "jopil-rings-end");
        last.setDaemon(true);
        last.start();
    }

    private void close() {
        reader.close();
        stock.close();
    }
}
