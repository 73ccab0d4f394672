// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jopil.analyzer.flow.internal.TcpNumbers.Measure;
import org.jopil.api.JopilException;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.PacketBatch;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.TcpSource;
import org.jopil.api.source.TcpSource.Connection;

/**
 * How the TCP connections of flows did. Of a connection with an end on this host the kernel tells, by its sockets: open
 * ones when somebody looks, closed ones after a scan. Of any other the segments tell, as long as all of them were seen:
 * as many as the flow has packets. The analyzer's thread, but for the source.
 */
final class FlowTcp {
    private static final long READ_NS = Settings.SECOND_NS;
    private static final int MOST_LATE = 1024;
    /** Of the ended records, the newest that a late end of a socket may belong to. */
    private static final int ENDED_SEARCHED = 1024;

    private static final int LEAST_SWEPT = 1024;

    private final LiveFlows live;
    private final EndedFlows ended;
    private final Map<Long, TcpNumbers> byRecord = new HashMap<>();
    private volatile TcpSource source;

    // the analyzer's thread
    private SegmentTracker segments;
    private TcpSource told;
    private long sequence;
    private long readNs;
    private boolean read;
    private List<Connection> late = List.of();
    /** Of the sockets that are being joined: both ports, in either order. */
    private final BitSet portPairs = new BitSet(1 << Character.SIZE);

    private int sweptAt = LEAST_SWEPT;

    /** Both ends of a socket, its own first. */
    private record Ends(long localHi, long localLo, int localPort, long remoteHi, long remoteLo, int remotePort) {}

    FlowTcp(LiveFlows live, EndedFlows ended) {
        this.live = live;
        this.ended = ended;
        this.segments = new SegmentTracker(FlowAnalyzer.Config.TCP_CONNECTIONS);
    }

    void source(TcpSource found) {
        source = found;
    }

    void gone(TcpSource gone) {
        if (source == gone) {
            source = null;
        }
    }

    /** Follows so many connections by their segments, anew. */
    void connections(int most) {
        if (most != segments.most()) {
            segments = new SegmentTracker(most);
        }
    }

    void take(PacketBatch batch) {
        segments.take(batch);
    }

    /** After a scan: the sockets that were closed since the one before. */
    void takeClosed(InterfaceNames names) {
        TcpSource asked = source;
        if (asked == null) {
            return;
        }
        if (asked != told) {
            told = asked;
            sequence = 0;
        }
        Map<Long, Connection> closed = new LinkedHashMap<>();
        late.forEach(connection -> closed.put(connection.socketCookie(), connection));
        Set<Long> again = new HashSet<>(closed.keySet());
        try {
            sequence = asked.closed(sequence, connection -> closed.put(connection.socketCookie(), connection));
        } catch (JopilException refused) {
            return; // its own report says why
        }
        if (closed.isEmpty()) {
            return;
        }
        Map<Ends, List<Connection>> left = byEnds(closed.values());
        joinLive(left, names, true);
        joinEnded(left, names);
        List<Connection> unmatched = new ArrayList<>();
        for (List<Connection> connections : left.values()) {
            for (Connection connection : connections) {
                if (!again.contains(connection.socketCookie()) && unmatched.size() < MOST_LATE) {
                    unmatched.add(connection);
                }
            }
        }
        late = unmatched;
    }

    /** Before somebody looks: the sockets that are open. */
    void readOpen(InterfaceNames names, long nowNs) {
        TcpSource asked = source;
        if (asked == null || read && nowNs - readNs >= 0 && nowNs - readNs < READ_NS) {
            return;
        }
        read = true;
        readNs = nowNs;
        List<Connection> open = new ArrayList<>();
        try {
            asked.read(connection -> {
                if (!connection.state().equals("listen") && !connection.state().equals("closed")) {
                    open.add(connection);
                }
            });
        } catch (JopilException refused) {
            return; // its own report says why
        }
        if (!open.isEmpty()) {
            joinLive(byEnds(open), names, false);
        }
    }

    private Map<Ends, List<Connection>> byEnds(Iterable<Connection> connections) {
        Map<Ends, List<Connection>> byEnds = new HashMap<>();
        portPairs.clear();
        for (Connection c : connections) {
            portPairs.set(c.localPort() ^ c.remotePort());
            long[] local = Addresses.parse(c.localIp()).orElseThrow();
            long[] remote = Addresses.parse(c.remoteIp()).orElseThrow();
            Ends ends = new Ends(local[0], local[1], c.localPort(), remote[0], remote[1], c.remotePort());
            byEnds.computeIfAbsent(ends, key -> new ArrayList<>(1)).add(c);
        }
        return byEnds;
    }

    private void joinLive(Map<Ends, List<Connection>> byEnds, InterfaceNames names, boolean remove) {
        Set<Ends> found = new HashSet<>();
        for (int i = 0; i < live.size(); i++) {
            join(live.records(), i, byEnds, names, found);
        }
        if (remove) {
            byEnds.keySet().removeAll(found);
        }
    }

    private void joinEnded(Map<Ends, List<Connection>> byEnds, InterfaceNames names) {
        int oldest = Math.max(0, ended.size() - ENDED_SEARCHED);
        for (int n = ended.size() - 1; n >= oldest && !byEnds.isEmpty(); n--) {
            Set<Ends> found = new HashSet<>();
            join(ended.records(), ended.at(n), byEnds, names, found);
            byEnds.keySet().removeAll(found);
        }
    }

    private void join(
            FlowRecords records, int i, Map<Ends, List<Connection>> byEnds, InterfaceNames names, Set<Ends> found) {
        // most flows have no such ports: nothing is allocated for them
        if (!isTcp(records, i) || !portPairs.get(records.port(i, FlowRecords.A) ^ records.port(i, FlowRecords.B))) {
            return;
        }
        for (int end = FlowRecords.A; end <= FlowRecords.B; end++) {
            int other = end ^ 1;
            Ends ends = new Ends(
                    records.addressHi(i, end),
                    records.addressLo(i, end),
                    records.port(i, end),
                    records.addressHi(i, other),
                    records.addressLo(i, other),
                    records.port(i, other));
            List<Connection> sockets = byEnds.get(ends);
            Connection socket =
                    sockets == null ? null : only(sockets, names.namespace(FlowKeys.interfaceId(records.meta(i))));
            if (socket != null) {
                found.add(ends);
                put(kernelNumbers(records.id(i)), end, socket);
            }
        }
    }

    /** Two namespaces may have the same addresses: then the flow's own, or none. */
    private static Connection only(List<Connection> sockets, String namespace) {
        if (sockets.size() == 1) {
            return sockets.get(0);
        }
        Connection only = null;
        for (Connection socket : sockets) {
            if (socket.namespace().equals(namespace)) {
                if (only != null) {
                    return null;
                }
                only = socket;
            }
        }
        return only;
    }

    private TcpNumbers kernelNumbers(long record) {
        TcpNumbers numbers = byRecord.get(record);
        if (numbers == null || !numbers.isKernel()) {
            numbers = new TcpNumbers(TcpNumbers.KERNEL);
            remember(record, numbers);
        }
        return numbers;
    }

    private static void put(TcpNumbers numbers, int end, Connection socket) {
        int other = end ^ 1;
        boolean opened = Boolean.TRUE.equals(socket.openedByUs());
        if (socket.handshakeUs() >= 0 && (opened || numbers.handshakeNs() == TcpNumbers.UNKNOWN)) {
            numbers.handshakeNs(socket.handshakeUs() * 1000);
        }
        TcpSource.Troubles troubles = socket.troubles();
        numbers.set(Measure.RETRANSMITTED, end, socket.retransmits().total());
        numbers.set(Measure.OUT_OF_ORDER, other, troubles.outOfOrder());
        numbers.set(Measure.DUPLICATES, end, troubles.duplicates());
        numbers.set(Measure.ZERO_WINDOWS, end, troubles.zeroWindowsSent());
        numbers.set(Measure.ZERO_WINDOWS, other, troubles.zeroWindowsReceived());
        numbers.set(Measure.RESETS, end, troubles.resetsSent());
        numbers.set(Measure.RESETS, other, troubles.resetsReceived());
    }

    private static boolean isTcp(FlowRecords records, int i) {
        return records.ipProtocol(i) == Protocols.TCP && !FlowKeys.isFragment(records.meta(i));
    }

    // ---- records

    /** A record that goes on, null while nothing is known. */
    TcpNumbers ofLive(int i) {
        FlowRecords records = live.records();
        if (!isTcp(records, i)) {
            return null;
        }
        TcpNumbers known = byRecord.get(records.id(i));
        SegmentedConnection seen = segments.find(records, i);
        if (seen == null) {
            return known;
        }
        if (known != null && known.isKernel()) {
            seen.scales(known);
            return known;
        }
        return seen.misses(records.packets(i, FlowRecords.A), records.packets(i, FlowRecords.B))
                ? null
                : seen.numbers();
    }

    /** A record that has ended, null if nothing is known. */
    TcpNumbers ofEnded(int i) {
        return byRecord.get(ended.records().id(i));
    }

    /** A live record ends; its flow too, unless {@code nextRecord} is not 0 and opened by the active time-out. */
    void ends(int i, long nextRecord) {
        FlowRecords records = live.records();
        if (!isTcp(records, i)) {
            return;
        }
        TcpNumbers last = ofLive(i);
        if (last != null) {
            remember(records.id(i), last);
            if (nextRecord != 0 && last.isKernel()) {
                remember(nextRecord, last.copy());
            }
        }
        SegmentedConnection seen = segments.find(records, i);
        if (seen == null) {
            return;
        }
        if (nextRecord == 0) {
            segments.forget(seen);
        } else {
            seen.earlier(records.packets(i, FlowRecords.A), records.packets(i, FlowRecords.B));
        }
    }

    private void remember(long record, TcpNumbers numbers) {
        byRecord.put(record, numbers);
        if (byRecord.size() > sweptAt) {
            sweep();
        }
    }

    /** Forgets records that are in no list any more; ids only grow. */
    private void sweep() {
        Set<Long> kept = new HashSet<>();
        long newest = 0;
        for (int i = 0; i < live.size(); i++) {
            kept.add(live.records().id(i));
            newest = Math.max(newest, live.records().id(i));
        }
        for (int n = 0; n < ended.size(); n++) {
            kept.add(ended.records().id(ended.at(n)));
            newest = Math.max(newest, ended.records().id(ended.at(n)));
        }
        long known = newest;
        byRecord.keySet().removeIf(record -> record <= known && !kept.contains(record));
        sweptAt = Math.max(LEAST_SWEPT, 2 * byRecord.size());
    }
}
