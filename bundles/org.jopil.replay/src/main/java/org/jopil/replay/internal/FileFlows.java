// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.jopil.api.event.Direction;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Ledger;

/**
 * The flow table of a file. What one second of the capture brought is handed over by one scan, so that flows begin and end
 * as they would have on the wire, however fast the file is read; a slot lives for one scan. Any thread.
 */
final class FileFlows implements FlowSource, FlowBook {
    /** Slots after which a second is handed over in parts. */
    private static final int MOST_SLOTS = 65_536;

    private static final long SECOND_NS = 1_000_000_000;
    private static final long LOOK_MS = 20;

    /** What one scan hands over. */
    private record Second(Map<FlowKey, Slot> slots, FileCounters.Totals counted, long untilNs) {}

    private final FileCounters counters;
    private final IntFunction<String> interfaceNames;
    private final Deque<Second> waiting = new ArrayDeque<>();
    private final FileCounters.Totals taken = new FileCounters.Totals();

    private Map<FlowKey, Slot> filling = new HashMap<>();
    private long newestNs;
    private long scannedNs;
    private long takenPackets;
    private boolean claimed;
    private volatile List<Ledger.Count> counts = List.of();

    FileFlows(FileCounters counters, IntFunction<String> interfaceNames) {
        this.counters = counters;
        this.interfaceNames = interfaceNames;
    }

    /** Whether a packet of this time belongs to another second than those before it. */
    synchronized boolean isNext(long timestampNs) {
        return filling.size() >= MOST_SLOTS
                || !filling.isEmpty()
                        && Math.floorDiv(timestampNs, SECOND_NS) != Math.floorDiv(newestNs, SECOND_NS)
                        && timestampNs > newestNs;
    }

    synchronized void add(FlowKey key, long timestampNs, int bytes, int tcpFlags) {
        newestNs = filling.isEmpty() && waiting.isEmpty() && takenPackets == 0
                ? timestampNs
                : Math.max(newestNs, timestampNs);
        filling.computeIfAbsent(key, Slot::new).add(timestampNs, bytes, tcpFlags);
    }

    /**
     * Lets what was added be scanned, and waits until it is; but not for a consumer that is not there. What is found out of
     * payloads is kept for one scan only if there is no such flow yet: the file must not be read ahead.
     *
     * @param wake hurries the consumer
     */
    synchronized void seal(Runnable wake, BooleanSupplier stopped) throws InterruptedException {
        if (filling.isEmpty()) {
            return;
        }
        waiting.add(new Second(filling, counters.totals(), newestNs));
        filling = new HashMap<>();
        wake.run();
        while (claimed && !waiting.isEmpty() && !stopped.getAsBoolean()) {
            wait(LOOK_MS);
        }
    }

    /** Waits for the consumer. */
    synchronized void awaitClaim(long timeoutMs) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (!claimed && System.nanoTime() - end < 0) {
            wait(LOOK_MS);
        }
    }

    @Override
    public synchronized Claim claim() {
        if (claimed) {
            throw new IllegalStateException("the flow table has a consumer already");
        }
        claimed = true;
        notifyAll();
        return new FileClaim();
    }

    private final class FileClaim implements Claim {
        private boolean closed;

        @Override
        public int scan(Visitor visitor) {
            Second second;
            synchronized (FileFlows.this) {
                second = waiting.peek();
            }
            if (second == null) {
                return 0;
            }
            // what the visitor throws leaves the slot here: it comes again
            int changed = 0;
            var slots = second.slots.values().iterator();
            while (slots.hasNext()) {
                Slot slot = slots.next();
                visitor.flow(slot);
                slots.remove();
                take(slot);
                changed++;
            }
            synchronized (FileFlows.this) {
                waiting.remove();
                scannedNs = second.untilNs;
                counts = second.counted.against(taken, interfaceNames);
                FileFlows.this.notifyAll();
            }
            return changed;
        }

        @Override
        public boolean urgent() {
            synchronized (FileFlows.this) {
                return !waiting.isEmpty();
            }
        }

        @Override
        public long nowNs() {
            synchronized (FileFlows.this) {
                return waiting.isEmpty() ? scannedNs : waiting.peek().untilNs;
            }
        }

        @Override
        public boolean isRecorded() {
            return true;
        }

        @Override
        public void close() {
            synchronized (FileFlows.this) {
                if (!closed) {
                    closed = true;
                    claimed = false;
                    FileFlows.this.notifyAll();
                }
            }
        }
    }

    private synchronized void take(Slot slot) {
        taken.add(slot.interfaceId(), slot.direction(), slot.ipProtocol(), slot.packets(), slot.bytes());
        takenPackets += slot.packets();
    }

    @Override
    public List<Ledger.Count> counts() {
        return counts;
    }

    @Override
    public synchronized long undrained() {
        return counters.ipPackets() - takenPackets;
    }

    /** One direction of one flow in one second. */
    private static final class Slot implements Change {
        private final FlowKey key;
        private long packets;
        private long bytes;
        private long firstNs;
        private long lastNs;
        private int firstTcpFlags;
        private int tcpFlags;

        Slot(FlowKey key) {
            this.key = key;
        }

        private void add(long timestampNs, int more, int flags) {
            if (packets == 0) {
                firstNs = timestampNs;
                lastNs = timestampNs;
                firstTcpFlags = flags;
            }
            packets++;
            bytes += more;
            lastNs = Math.max(lastNs, timestampNs);
            tcpFlags |= flags;
        }

        @Override
        public int interfaceId() {
            return key.interfaceId();
        }

        @Override
        public Direction direction() {
            return key.direction();
        }

        @Override
        public int vlan() {
            return key.vlan();
        }

        @Override
        public int innerVlan() {
            return key.innerVlan();
        }

        @Override
        public int ipProtocol() {
            return key.ipProtocol();
        }

        @Override
        public boolean isFragment() {
            return key.fragment();
        }

        @Override
        public long srcHi() {
            return key.srcHi();
        }

        @Override
        public long srcLo() {
            return key.srcLo();
        }

        @Override
        public long dstHi() {
            return key.dstHi();
        }

        @Override
        public long dstLo() {
            return key.dstLo();
        }

        @Override
        public int srcPort() {
            return key.srcPort();
        }

        @Override
        public int dstPort() {
            return key.dstPort();
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
            return firstNs;
        }

        @Override
        public long lastSeenNs() {
            return lastNs;
        }

        @Override
        public int firstTcpFlags() {
            return firstTcpFlags;
        }

        @Override
        public int tcpFlags() {
            return tcpFlags;
        }
    }
}
