// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.api.event.FlowBatch;
import org.jopil.api.event.FlowBatch.EndReason;
import org.jopil.api.event.Protocols;
import org.jopil.api.event.TcpFlags;
import org.jopil.api.source.FlowSource;
import org.jopil.bus.FlowColumns;
import org.jopil.bus.FlowWriter;

/**
 * Joins the kernel's changes to flows of both directions, and closes their records. One thread; allocates only when the
 * table grows.
 *
 * <p>Records follow IPFIX (RFC 7011): a change that would make a record longer than the active time-out closes it
 * without that change, and opens the next record of the same flow with it. Every packet handed over is in exactly one
 * record, live or ended, or in the totals of forgotten records and of the refused.
 */
final class FlowTracker {
    /** Error of a time stamp that was converted from jiffies, at most. */
    private static final long GRAIN_NS = 20_000_000;

    private static final long CLOCK_STEP_NS = 5 * Settings.SECOND_NS;

    private final LiveFlows live;
    private final FlowRecords records;
    private final EndedFlows ended;
    private final FlowOwners owners;
    private final FlowApplications applications;
    private final FlowTcp tcp;
    private final FlowPlaces places = new FlowPlaces();
    private final FlowWriter writer;
    private final PendingChanges pending = new PendingChanges();
    private Settings settings;

    private boolean keepsOld;
    private long nextId = 1;

    /** When the scan before this one began: what comes now came after that. 0 before the second scan. */
    private long previousScanNs;

    private long scanNs;
    /** Packet time: the newest packet of this scan, or the scan's begin if that is later. */
    private long newestNs;

    private long drainedPackets;
    private long drainedBytes;

    private final Overflow overflow = new Overflow();
    private long lastRefusedNs = Long.MIN_VALUE / 2;
    private long refusedChanges;
    private long refusedPackets;
    private long refusedBytes;
    private long refusedHalfOpenPackets;

    /** Live flows of which nothing but SYN was seen. */
    private int halfOpen;

    FlowTracker(FlowWriter writer, Settings settings) {
        this.writer = writer;
        this.settings = settings;
        live = new LiveFlows(settings.mostFlows());
        records = live.records();
        ended = new EndedFlows(settings.keptFlows());
        owners = new FlowOwners(live, ended);
        applications = new FlowApplications(live, ended);
        tcp = new FlowTcp(live, ended);
    }

    void settings(Settings wanted) {
        settings = wanted;
        live.capacity(wanted.mostFlows());
        ended.capacity(wanted.keptFlows());
    }

    LiveFlows live() {
        return live;
    }

    EndedFlows ended() {
        return ended;
    }

    FlowOwners owners() {
        return owners;
    }

    FlowApplications applications() {
        return applications;
    }

    FlowTcp tcp() {
        return tcp;
    }

    /**
     * What comes next is another table's, whose clock may be another, too: no scan of it was before.
     *
     * @param isRecorded whether ended flows stay as long as there is room, however old they are
     */
    void otherSource(boolean isRecorded) {
        scanNs = 0;
        keepsOld = isRecorded;
    }

    FlowPlaces places() {
        return places;
    }

    /** Before the first change of a scan. */
    void beginScan(long nowNs) {
        previousScanNs = scanNs;
        scanNs = nowNs;
        newestNs = nowNs;
    }

    /** Packets of an interface, so far, that are in no change; after the last change of a scan. */
    void overflow(int interfaceId, long packets) {
        mergePending();
        overflow.told(interfaceId, packets, newestNs);
    }

    /** After the last change of a scan: one pass that tells the listeners what changed and closes what is over. */
    void endScan() {
        mergePending();
        long nowNs = newestNs;
        if (overflow.takeRisen()) {
            markPartial();
        }
        int i = 0;
        while (i < live.size()) {
            if (records.isChanged(i)) {
                emit(i, records.isAnnounced(i) ? FlowBatch.Change.UPDATED : FlowBatch.Change.OPENED);
                records.announced(i);
            }
            EndReason reason = end(i, nowNs);
            if (reason == EndReason.NONE) {
                i++;
            } else {
                close(i, reason); // the last record takes its number: it comes next
            }
        }
        if (!keepsOld) {
            ended.forgetBefore(nowNs - settings.keptNs());
        }
        writer.publish();
    }

    /** All that were live when packets of their interface found no place. */
    private void markPartial() {
        for (int i = 0; i < live.size(); i++) {
            if (overflow.lastNs(FlowKeys.interfaceId(records.meta(i))) == newestNs) {
                records.partial(i);
            }
        }
    }

    // ---- merge

    void merge(FlowSource.Change change) {
        drainedPackets += change.packets();
        drainedBytes += change.bytes();
        int protocol = change.ipProtocol();
        boolean fragment = change.isFragment();
        int srcPort = change.srcPort();
        int dstPort = change.dstPort();
        boolean oneWay = false;
        if (Icmp.is(protocol) && !fragment) {
            int counterpart = Icmp.counterpart(protocol, srcPort);
            oneWay = counterpart < 0;
            dstPort = oneWay ? dstPort : counterpart;
        }
        long srcHi = change.srcHi();
        long srcLo = change.srcLo();
        long dstHi = change.dstHi();
        long dstLo = change.dstLo();
        long meta = FlowKeys.meta(change.interfaceId(), change.vlan(), change.innerVlan(), protocol, fragment, oneWay);
        if (oneWay || FlowKeys.inOrder(srcHi, srcLo, srcPort, dstHi, dstLo, dstPort)) {
            add(change, meta, srcHi, srcLo, dstHi, dstLo, srcPort << 16 | dstPort, FlowRecords.A);
        } else {
            add(change, meta, dstHi, dstLo, srcHi, srcLo, dstPort << 16 | srcPort, FlowRecords.B);
        }
        if (pending.isFull()) {
            mergePending();
        }
    }

    private void add(FlowSource.Change change, long meta, long aHi, long aLo, long bHi, long bLo, int ports, int from) {
        int n = pending.size++;
        pending.hash[n] = FlowKeys.hash(meta, aHi, aLo, bHi, bLo, ports);
        pending.meta[n] = meta;
        pending.aHi[n] = aHi;
        pending.aLo[n] = aLo;
        pending.bHi[n] = bHi;
        pending.bLo[n] = bLo;
        pending.ports[n] = ports;
        pending.from[n] = (byte) from;
        long packets = change.packets();
        long slotFirst = change.firstSeenNs();
        long last = change.lastSeenNs();
        // a slot that was there before this scan's packets tells when its first packet came, not when these did; of
        // one packet that is known, of more only that it was after the scan before
        boolean continued = slotFirst < previousScanNs - GRAIN_NS;
        pending.packets[n] = packets;
        pending.bytes[n] = change.bytes();
        pending.first[n] = Math.max(slotFirst, packets == 1 ? last : Math.min(previousScanNs, last));
        pending.last[n] = last;
        pending.opening[n] = continued ? 0 : (byte) change.firstTcpFlags();
        pending.flags[n] = (byte) change.tcpFlags();
        pending.continued[n] = continued;
    }

    private void mergePending() {
        pending.touch(live);
        for (int n = 0; n < pending.size; n++) {
            mergePending(n);
        }
        pending.size = 0;
    }

    private void mergePending(int n) {
        int hash = pending.hash[n];
        long meta = pending.meta[n];
        long aHi = pending.aHi[n];
        long aLo = pending.aLo[n];
        long bHi = pending.bHi[n];
        long bLo = pending.bLo[n];
        int ports = pending.ports[n];
        long last = pending.last[n];
        newestNs = Math.max(newestNs, last);
        int i = live.find(hash, meta, aHi, aLo, bHi, bLo, ports);
        if (i >= 0 && pending.first[n] - records.last(i) >= settings.idleNs()) {
            close(i, EndReason.IDLE);
            i = -1;
        }
        if (i < 0) {
            boolean oneTooMany = halfOpen >= settings.mostHalfOpen() && isHalfOpen(meta, pending.flags[n]);
            if (oneTooMany || live.isFull()) {
                refuse(n, oneTooMany);
                return;
            }
            i = live.insert(hash, meta, aHi, aLo, bHi, bLo, ports);
            records.id(i, nextId++);
            records.opener(i, pending.from[n]);
            // it may have begun with packets that were not handed over
            long missedNs = Math.max(lastRefusedNs, overflow.lastNs(FlowKeys.interfaceId(meta)));
            if (pending.first[n] - missedNs < settings.idleNs()) {
                records.partial(i);
            }
        } else if (last - records.first(i) >= settings.activeNs()) {
            nextRecord(i);
        }
        count(i, n);
    }

    private void refuse(int n, boolean oneHalfOpenTooMany) {
        refusedChanges++;
        refusedPackets += pending.packets[n];
        refusedBytes += pending.bytes[n];
        refusedHalfOpenPackets += oneHalfOpenTooMany ? pending.packets[n] : 0;
        lastRefusedNs = newestNs;
    }

    /** With all TCP flags of both directions. */
    private static boolean isHalfOpen(long meta, int flags) {
        return FlowKeys.ipProtocol(meta) == Protocols.TCP && (flags & ~(TcpFlags.ECE | TcpFlags.CWR)) == TcpFlags.SYN;
    }

    private int halfOpen(int i) {
        return isHalfOpen(records.meta(i), records.flags(i)) ? 1 : 0;
    }

    private void count(int i, int n) {
        long[] words = records.words(i);
        int at = FlowRecords.at(i);
        halfOpen -= halfOpen(i);
        int from = pending.from[n];
        long first = pending.first[n];
        byte flags = pending.flags[n];
        boolean isFirstRecord = (words[at + FlowRecords.RECORD] & FlowRecords.MOST_RECORDS) == 1;
        long marks = words[at + FlowRecords.MARKS] | FlowRecords.CHANGED;
        long firstBefore = words[at + FlowRecords.FIRST + from];
        if (isFirstRecord && pending.continued[n] && firstBefore == FlowRecords.NEVER) {
            marks = FlowRecords.withMark(marks, FlowRecords.STALE + from, flags & (TcpFlags.FIN | TcpFlags.RST));
        }
        if (first < firstBefore) {
            words[at + FlowRecords.FIRST + from] = first;
            marks = FlowRecords.withMark(marks, FlowRecords.OPENING + from, pending.opening[n]);
        }
        marks |= FlowRecords.withMark(
                0, FlowRecords.FLAGS + from, flags & ~FlowRecords.mark(marks, FlowRecords.STALE + from));
        words[at + FlowRecords.PACKETS + from] += pending.packets[n];
        words[at + FlowRecords.BYTES + from] += pending.bytes[n];
        words[at + FlowRecords.LAST] = Math.max(words[at + FlowRecords.LAST], pending.last[n]);
        words[at + FlowRecords.MARKS] =
                isFirstRecord ? FlowRecords.withMark(marks, FlowRecords.OPENER, opener(i, marks)) : marks;
        halfOpen += halfOpen(i);
    }

    /** Who opened: the SYN, then who was seen first; within one jiffy the ICMP request, then the higher port. */
    private int opener(int i, long marks) {
        int openingA = FlowRecords.mark(marks, FlowRecords.OPENING + FlowRecords.A);
        int openingB = FlowRecords.mark(marks, FlowRecords.OPENING + FlowRecords.B);
        boolean synA = isSyn(openingA);
        boolean synB = isSyn(openingB);
        if (synA != synB) {
            return synA ? FlowRecords.A : FlowRecords.B;
        }
        boolean answerA = isSynAck(openingA);
        boolean answerB = isSynAck(openingB);
        if (answerA != answerB) {
            return answerA ? FlowRecords.B : FlowRecords.A;
        }
        long firstA = records.first(i, FlowRecords.A);
        long firstB = records.first(i, FlowRecords.B);
        if (firstA != firstB) {
            return firstA < firstB ? FlowRecords.A : FlowRecords.B;
        }
        int portA = records.port(i, FlowRecords.A);
        int portB = records.port(i, FlowRecords.B);
        int protocol = records.ipProtocol(i);
        if (Icmp.is(protocol)) {
            return Icmp.isRequest(protocol, portB) ? FlowRecords.B : FlowRecords.A;
        }
        if (portA != portB) {
            return portA > portB ? FlowRecords.A : FlowRecords.B;
        }
        return FlowRecords.mark(marks, FlowRecords.OPENER);
    }

    private static boolean isSyn(int flags) {
        return (flags & (TcpFlags.SYN | TcpFlags.ACK)) == TcpFlags.SYN;
    }

    private static boolean isSynAck(int flags) {
        return (flags & (TcpFlags.SYN | TcpFlags.ACK)) == (TcpFlags.SYN | TcpFlags.ACK);
    }

    // ---- end

    private EndReason end(int i, long nowNs) {
        long quietNs = nowNs - records.last(i);
        if (quietNs < -CLOCK_STEP_NS) {
            records.last(i, nowNs); // the clock was set back: the flow must not stay until it has caught up
            return EndReason.NONE;
        }
        if (quietNs < settings.closedNs()) {
            return EndReason.NONE;
        }
        if (records.isFinished(i)) {
            return EndReason.FIN;
        }
        if (records.isReset(i)) {
            return EndReason.RST;
        }
        return quietNs >= settings.idleNs() ? EndReason.IDLE : EndReason.NONE;
    }

    private void close(int i, EndReason reason) {
        halfOpen -= halfOpen(i);
        tcp.ends(i, 0);
        finish(i, reason);
        live.remove(i);
    }

    private void nextRecord(int i) {
        tcp.ends(i, nextId);
        finish(i, EndReason.ACTIVE);
        records.openNext(i, nextId++);
    }

    private void finish(int i, EndReason reason) {
        if (!records.isAnnounced(i)) {
            emit(i, FlowBatch.Change.OPENED);
        }
        records.endReason(i, reason);
        emit(i, FlowBatch.Change.CLOSED);
        ended.add(records, i, newestNs);
    }

    private void emit(int i, FlowBatch.Change change) {
        FlowColumns rows = writer.columns();
        int row = rows.size;
        rows.id[row] = records.id(i);
        rows.change[row] = (byte) change.ordinal();
        rows.endReason[row] = records.endReason(i);
        rows.interfaceId[row] = FlowKeys.interfaceId(records.meta(i));
        rows.vlan[row] = (char) FlowKeys.vlan(records.meta(i));
        rows.ipProtocol[row] = (short) records.ipProtocol(i);
        rows.srcHi[row] = records.srcHi(i);
        rows.srcLo[row] = records.srcLo(i);
        rows.dstHi[row] = records.dstHi(i);
        rows.dstLo[row] = records.dstLo(i);
        rows.srcPort[row] = (char) records.srcPort(i);
        rows.dstPort[row] = (char) records.dstPort(i);
        rows.packetsFwd[row] = records.packetsFwd(i);
        rows.packetsRev[row] = records.packetsRev(i);
        rows.bytesFwd[row] = records.bytesFwd(i);
        rows.bytesRev[row] = records.bytesRev(i);
        rows.firstSeenNs[row] = records.first(i);
        rows.lastSeenNs[row] = records.last(i);
        rows.tcpFlagsFwd[row] = records.flagsFwd(i);
        rows.tcpFlagsRev[row] = records.flagsRev(i);
        rows.size = row + 1;
        if (rows.size == FlowColumns.CAPACITY) {
            writer.publish();
        }
    }

    // ---- totals

    /** Packets handed over so far: those of all records, live, ended and forgotten, and the refused ones. */
    long drainedPackets() {
        return drainedPackets;
    }

    long drainedBytes() {
        return drainedBytes;
    }

    /** Changes that found no place because there were too many flows, or too many half-open ones. */
    long refusedChanges() {
        return refusedChanges;
    }

    long refusedPackets() {
        return refusedPackets;
    }

    long refusedBytes() {
        return refusedBytes;
    }

    /** Of the refused: those of one half-open TCP flow too many. */
    long refusedHalfOpenPackets() {
        return refusedHalfOpenPackets;
    }

    /** When the last scan began, nanoseconds since the epoch; 0 before the first. */
    long scanNs() {
        return scanNs;
    }
}
