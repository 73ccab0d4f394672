// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jopil.api.source.DropSource.Place;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.EpochClock;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.RingPoll;
import org.jopil.bpf.RingReader;
import org.jopil.bus.DropColumns;
import org.jopil.bus.DropWriter;

/** Moves single drops from the kernel's ring to the bus, on a thread of its own. */
final class DropEvents implements RingReader.Handler {
    private final DropWriter writer;
    private final DropNames names;
    private final PacketHeaders frame = new PacketHeaders();
    private final Map<DropNames.Key, Place> places = new HashMap<>();
    private final BpfMap books;
    private final RingAccount account;
    private final long rowsBefore;
    private final RingPoll reader;

    private long epochMinusMonoNs;
    private volatile HandOff bus;

    /** Nothing is attached yet. */
    DropEvents(BpfMap events, BpfMap books, DropWriter writer, DropNames names) {
        this.writer = writer;
        this.names = names;
        this.books = books;
        this.rowsBefore = writer.rows();
        this.account = new RingAccount("drops", events, Layout.DROP_EVENT_SIZE, this::book);
        this.reader = new RingPoll("drops", events, this, this::publish);
    }

    private void publish() {
        writer.publish();
        account.takeWhenDue();
        bus = new HandOff(HandOffs.TRACER, "drops, bus", account.records(), writer.rows() - rowsBefore, 0, 0, 0);
    }

    private RingAccount.Book book() {
        ByteBuffer cpus = ByteBuffer.wrap(books.lookup(0).orElseThrow()).order(ByteOrder.nativeOrder());
        long[] sums = new long[4];
        for (int at = 0; at < cpus.capacity(); at += Layout.DROP_BOOK_SIZE) {
            sums[0] += cpus.getLong(at + Layout.DROP_BOOK_OBSERVED_OFFSET);
            sums[1] += cpus.getLong(at + Layout.DROP_BOOK_SUBMITTED_OFFSET);
            sums[2] += cpus.getLong(at + Layout.DROP_BOOK_SAMPLED_OUT_OFFSET);
            sums[3] += cpus.getLong(at + Layout.DROP_BOOK_RING_FULL_OFFSET);
        }
        return new RingAccount.Book(sums[0], sums[1], sums[2], sums[3]);
    }

    /** What became of the drops that could be told of singly. Any thread. */
    List<HandOff> handOffs() {
        HandOff published = bus;
        return published == null
                ? List.of()
                : Stream.concat(account.handOffs().stream(), Stream.of(published))
                        .toList();
    }

    @Override
    public void record(int cpu, MappedRegion data, long at, int length) {
        DropColumns c = writer.columns();
        int row = c.size;
        if (row == 0) {
            epochMinusMonoNs = EpochClock.followed(epochMinusMonoNs);
        }
        account.read();
        headers(data, at);
        c.timestampNs[row] = data.getLong(at + Layout.DROP_EVENT_TIMESTAMP_NS_OFFSET) + epochMinusMonoNs;
        c.weight[row] = data.getInt(at + Layout.DROP_EVENT_WEIGHT_OFFSET);
        c.packets[row] = data.getInt(at + Layout.DROP_EVENT_PACKETS_OFFSET);
        c.lengthBytes[row] = data.getInt(at + Layout.DROP_EVENT_FRAME_BYTES_OFFSET);
        c.cpu[row] = (short) data.getInt(at + Layout.DROP_EVENT_CPU_OFFSET);
        c.place[row] = place(data, at + Layout.DROP_EVENT_KEY_OFFSET);
        c.etherType[row] = (char) frame.etherType;
        c.ipProtocol[row] = (short) frame.ipProtocol;
        c.srcHi[row] = frame.srcHi;
        c.srcLo[row] = frame.srcLo;
        c.dstHi[row] = frame.dstHi;
        c.dstLo[row] = frame.dstLo;
        c.srcPort[row] = (char) frame.srcPort;
        c.dstPort[row] = (char) frame.dstPort;
        c.received[row] = (data.getUnsignedShort(at + Layout.DROP_EVENT_FLAGS_OFFSET) & Layout.DROP_RECEIVED) != 0;
        c.socketCookie[row] = data.getLong(at + Layout.DROP_EVENT_SOCKET_COOKIE_OFFSET);
        c.size = row + 1;
    }

    private void headers(MappedRegion data, long at) {
        int bytes = data.getInt(at + Layout.DROP_EVENT_CAPTURED_BYTES_OFFSET);
        int etherType = data.getUnsignedShort(at + Layout.DROP_EVENT_ETHER_TYPE_OFFSET);
        if ((data.getUnsignedShort(at + Layout.DROP_EVENT_FLAGS_OFFSET) & Layout.DROP_FROM_MAC) != 0) {
            frame.readFrame(data, at + Layout.DROP_EVENT_DATA_OFFSET, bytes, etherType);
        } else {
            frame.readNetwork(data, at + Layout.DROP_EVENT_DATA_OFFSET, bytes, etherType);
        }
    }

    /** A name that was out of reach when it was first seen is asked for again each time the place comes up as such. */
    private Place place(MappedRegion data, long key) {
        DropNames.Key asked = new DropNames.Key(
                data.getLong(key + Layout.DROP_KEY_LOCATION_OFFSET),
                data.getInt(key + Layout.DROP_KEY_REASON_OFFSET),
                data.getInt(key + Layout.DROP_KEY_IFINDEX_OFFSET),
                data.getInt(key + Layout.DROP_KEY_NETNS_OFFSET),
                data.getLong(key + Layout.DROP_KEY_HOOKED_OFFSET));
        Place known = places.get(asked);
        if (known == null || !names.isComplete(asked)) {
            names.prepare(List.of(asked));
            known = names.place(asked);
            places.put(asked, known);
        }
        return known;
    }

    /** What is in the ring is still published. */
    void stop() {
        reader.stop();
        account.close();
    }
}
