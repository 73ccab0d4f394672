// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Ledger;

/**
 * Hands the flow tables to their one consumer, and keeps the counts book beside it: the counters are read before and after
 * every scan, and what the consumer took must lie between. How far the tables were read belongs to the tables, not to a
 * claim: the next consumer goes on where the last one stopped.
 */
final class FlowDrain implements FlowSource, FlowBook {
    private static final Direction[] DIRECTIONS = Direction.values();
    private static final long LOOK_NS = 2_000_000;
    /** A packet may be between its counter and its flow for as long as a hypervisor takes the CPU away. */
    private static final int LOOKS = 5;

    private final KernelCounters counters;
    private final IntFunction<String> interfaceNames;
    private final ReentrantLock scanning = new ReentrantLock();
    private final List<Ledger.Gap> gaps = new ArrayList<>();

    /** Guarded by {@link #scanning}. */
    private FlowTable ipv4;

    private FlowTable ipv6;
    private int regionSlots;
    /** Index = interface id. */
    private Book[] books = new Book[16];

    private long takingPackets;

    private volatile List<Ledger.Count> counts = List.of();
    private volatile long urgentInserts = Long.MAX_VALUE;
    private volatile boolean last;
    private volatile Runnable release;
    private volatile long takenPackets;
    private boolean claimed;

    FlowDrain(KernelCounters counters, IntFunction<String> interfaceNames) {
        this.counters = counters;
        this.interfaceNames = interfaceNames;
    }

    void open(KernelTables tables, KernelClock clock) {
        scanning.lock();
        try {
            ipv4 = FlowTable.ipv4(tables, clock);
            ipv6 = FlowTable.ipv6(tables, clock);
            regionSlots = tables.regionSlots();
            last = false;
            setUrgency();
        } finally {
            scanning.unlock();
        }
    }

    /** At a quarter of a region of new flows, old ones will soon have to go: they can only if they were taken over. */
    private void setUrgency() {
        urgentInserts = counters.inserted() + regionSlots / 4;
    }

    /**
     * Nothing is counted any more: lets the consumer take over the rest.
     *
     * @return packets that nobody took over in time
     */
    long finish(long timeoutMs) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        last = true;
        // by looking: a consumer that hangs in its visitor holds the lock
        while (isClaimed() && undrained() > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(LOOK_NS);
            if (Thread.currentThread().isInterrupted()) {
                break;
            }
        }
        return undrained();
    }

    /**
     * Takes the tables away; a scan that goes on for longer than this takes them with it when it ends.
     *
     * @param free unmaps them; called once, when nobody reads them any more
     * @return false if that is still to come
     */
    boolean close(long timeoutMs, Runnable free) {
        release = free;
        boolean locked = false;
        try {
            locked = scanning.tryLock(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!locked) {
            return false;
        }
        try {
            releaseTables();
            return true;
        } finally {
            scanning.unlock();
        }
    }

    /** Under the lock. */
    private void releaseTables() {
        Runnable free = release;
        if (free != null) {
            release = null;
            ipv4 = null;
            ipv6 = null;
            // the next tables start empty
            takingPackets = counters.packetsInFlows();
            takenPackets = takingPackets;
            free.run();
        }
    }

    void gap(Ledger.Gap gap) {
        synchronized (gaps) {
            gaps.add(gap);
        }
    }

    @Override
    public List<Ledger.Gap> gaps() {
        synchronized (gaps) {
            return List.copyOf(gaps);
        }
    }

    private synchronized boolean isClaimed() {
        return claimed;
    }

    @Override
    public synchronized Claim claim() {
        if (claimed) {
            throw new IllegalStateException("the flow table has a consumer already");
        }
        claimed = true;
        return new TableClaim();
    }

    private final class TableClaim implements Claim {
        private volatile boolean closed;

        @Override
        public int scan(Visitor visitor) {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            scanning.lock();
            try {
                return ipv4 == null ? 0 : scanTables(visitor);
            } finally {
                takenPackets = takingPackets;
                releaseTables();
                scanning.unlock();
            }
        }

        @Override
        public boolean urgent() {
            return last ? undrained() > 0 : counters.inserted() > urgentInserts;
        }

        @Override
        public void overflow(OverflowVisitor visitor) {
            counters.overflow(visitor);
        }

        @Override
        public void close() {
            if (closed) {
                return;
            }
            closed = true;
            synchronized (FlowDrain.this) {
                claimed = false;
            }
        }
    }

    private int scanTables(FlowSource.Visitor visitor) {
        setUrgency();
        int changed = 0;
        for (int look = 1; look <= LOOKS; look++) {
            counters.ip((id, direction, totals) -> book(id).before(direction, totals));
            if (counters.packetsInFlows() != takingPackets) { // else a scan would read what it knows
                changed += ipv4.scan(visitor, this::taken) + ipv6.scan(visitor, this::taken);
            }
            List<Ledger.Count> fresh = new ArrayList<>();
            counters.ip((id, direction, totals) -> book(id).after(interfaceNames.apply(id), direction, totals, fresh));
            counts = List.copyOf(fresh);
            if (look == LOOKS || fresh.stream().allMatch(FlowDrain::isBalanced)) {
                break;
            }
            LockSupport.parkNanos(LOOK_NS << look);
        }
        return changed;
    }

    private static boolean isBalanced(Ledger.Count count) {
        return count.difference() == 0 && count.bytes().difference() == 0;
    }

    /** For every change: no boxing of the id. */
    void taken(int interfaceId, int direction, int protocol, long packets, long bytes) {
        Book book = book(interfaceId);
        book.packets[direction][protocol] += packets;
        book.bytes[direction][protocol] += bytes;
        takingPackets += packets;
    }

    private Book book(int interfaceId) {
        if (interfaceId >= books.length) {
            books = Arrays.copyOf(books, 2 * Integer.highestOneBit(interfaceId));
        }
        if (books[interfaceId] == null) {
            books[interfaceId] = new Book();
        }
        return books[interfaceId];
    }

    @Override
    public List<Ledger.Count> counts() {
        return counts;
    }

    @Override
    public long undrained() {
        return Math.max(0, counters.packetsInFlows() - takenPackets);
    }

    /** One interface; arrays by direction and protocol. */
    private static final class Book {
        private final long[][] packets = new long[DIRECTIONS.length][InterfaceCounters.IP_PROTOCOLS];
        private final long[][] bytes = new long[DIRECTIONS.length][InterfaceCounters.IP_PROTOCOLS];
        private final IpTotals[] before = {new IpTotals(), new IpTotals()};

        void before(Direction direction, IpTotals totals) {
            before[direction.ordinal()].copy(totals);
        }

        void after(String name, Direction direction, IpTotals after, List<Ledger.Count> into) {
            IpTotals before = this.before[direction.ordinal()];
            for (int protocol = 0; protocol < InterfaceCounters.IP_PROTOCOLS; protocol++) {
                long flows = packets[direction.ordinal()][protocol];
                long flowBytes = bytes[direction.ordinal()][protocol];
                if (after.packets[protocol] == 0 && flows == 0) {
                    continue;
                }
                into.add(new Ledger.Count(
                        name,
                        direction.text(),
                        Protocols.name(protocol),
                        after.packets[protocol],
                        flows,
                        after.overflowPackets[protocol],
                        outside(
                                flows,
                                before.packets[protocol] - after.overflowPackets[protocol],
                                after.packets[protocol] - before.overflowPackets[protocol]),
                        new Ledger.Bytes(
                                after.bytes[protocol],
                                flowBytes,
                                after.overflowBytes[protocol],
                                outside(
                                        flowBytes,
                                        before.bytes[protocol] - after.overflowBytes[protocol],
                                        after.bytes[protocol] - before.overflowBytes[protocol]))));
            }
        }

        /** What is counted is in a flow or in the overflow a moment later: how far {@code flows} is from where they must be. */
        private static long outside(long flows, long least, long most) {
            return flows < least ? least - flows : flows > most ? most - flows : 0;
        }
    }
}
