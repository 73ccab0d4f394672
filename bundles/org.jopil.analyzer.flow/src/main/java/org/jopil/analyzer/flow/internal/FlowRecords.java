// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.Arrays;
import org.jopil.api.event.FlowBatch;
import org.jopil.api.event.Protocols;
import org.jopil.api.event.TcpFlags;

/**
 * Flow records as primitive columns. The two ends are called A and B, in the order of the key (see {@link FlowKeys});
 * which of them opened the flow is a column. 126 bytes a record.
 */
final class FlowRecords {
    static final byte A = 0;
    static final byte B = 1;

    /** In the columns first…Ns: no packet from there yet. */
    static final long NEVER = Long.MAX_VALUE;

    private static final int SMALLEST = 64;

    long[] id = new long[SMALLEST];
    /** See {@link FlowKeys#meta}. */
    long[] meta = new long[SMALLEST];

    long[] aHi = new long[SMALLEST];
    long[] aLo = new long[SMALLEST];
    long[] bHi = new long[SMALLEST];
    long[] bLo = new long[SMALLEST];
    /** Port of A in the upper half, of B in the lower. */
    int[] ports = new int[SMALLEST];

    long[] packetsA = new long[SMALLEST];
    long[] packetsB = new long[SMALLEST];
    long[] bytesA = new long[SMALLEST];
    long[] bytesB = new long[SMALLEST];
    long[] firstA = new long[SMALLEST];
    long[] firstB = new long[SMALLEST];
    long[] last = new long[SMALLEST];
    byte[] flagsA = new byte[SMALLEST];
    byte[] flagsB = new byte[SMALLEST];
    /** TCP flags of the first packet from there, 0 if it is not known. */
    byte[] openingA = new byte[SMALLEST];

    byte[] openingB = new byte[SMALLEST];
    /** TCP flags that the kernel's slot had from an earlier connection. */
    byte[] staleA = new byte[SMALLEST];

    byte[] staleB = new byte[SMALLEST];
    /** {@link #A} or {@link #B}. */
    byte[] opener = new byte[SMALLEST];
    /** 1 for the first record of a flow, 2 for the one that the active time-out opened, … */
    int[] record = new int[SMALLEST];

    byte[] endReason = new byte[SMALLEST];
    /** By the scan that is going on. */
    boolean[] changed = new boolean[SMALLEST];

    /** Whether packets of it may be in the overflow, or among the refused. */
    boolean[] partial = new boolean[SMALLEST];

    /** Whether listeners know of it. */
    boolean[] announced = new boolean[SMALLEST];

    int[] hash = new int[SMALLEST];

    int capacity() {
        return id.length;
    }

    /** Grows by half if it must, but not beyond what is ever needed. */
    void ensure(int records, int most) {
        if (records <= id.length) {
            return;
        }
        int to = Math.max(records, Math.min(most, id.length + (id.length >> 1)));
        id = Arrays.copyOf(id, to);
        meta = Arrays.copyOf(meta, to);
        aHi = Arrays.copyOf(aHi, to);
        aLo = Arrays.copyOf(aLo, to);
        bHi = Arrays.copyOf(bHi, to);
        bLo = Arrays.copyOf(bLo, to);
        ports = Arrays.copyOf(ports, to);
        packetsA = Arrays.copyOf(packetsA, to);
        packetsB = Arrays.copyOf(packetsB, to);
        bytesA = Arrays.copyOf(bytesA, to);
        bytesB = Arrays.copyOf(bytesB, to);
        firstA = Arrays.copyOf(firstA, to);
        firstB = Arrays.copyOf(firstB, to);
        last = Arrays.copyOf(last, to);
        flagsA = Arrays.copyOf(flagsA, to);
        flagsB = Arrays.copyOf(flagsB, to);
        openingA = Arrays.copyOf(openingA, to);
        openingB = Arrays.copyOf(openingB, to);
        staleA = Arrays.copyOf(staleA, to);
        staleB = Arrays.copyOf(staleB, to);
        opener = Arrays.copyOf(opener, to);
        record = Arrays.copyOf(record, to);
        endReason = Arrays.copyOf(endReason, to);
        changed = Arrays.copyOf(changed, to);
        partial = Arrays.copyOf(partial, to);
        announced = Arrays.copyOf(announced, to);
        hash = Arrays.copyOf(hash, to);
    }

    void copy(FlowRecords from, int source, int target) {
        id[target] = from.id[source];
        meta[target] = from.meta[source];
        aHi[target] = from.aHi[source];
        aLo[target] = from.aLo[source];
        bHi[target] = from.bHi[source];
        bLo[target] = from.bLo[source];
        ports[target] = from.ports[source];
        packetsA[target] = from.packetsA[source];
        packetsB[target] = from.packetsB[source];
        bytesA[target] = from.bytesA[source];
        bytesB[target] = from.bytesB[source];
        firstA[target] = from.firstA[source];
        firstB[target] = from.firstB[source];
        last[target] = from.last[source];
        flagsA[target] = from.flagsA[source];
        flagsB[target] = from.flagsB[source];
        openingA[target] = from.openingA[source];
        openingB[target] = from.openingB[source];
        staleA[target] = from.staleA[source];
        staleB[target] = from.staleB[source];
        opener[target] = from.opener[source];
        record[target] = from.record[source];
        endReason[target] = from.endReason[source];
        changed[target] = from.changed[source];
        partial[target] = from.partial[source];
        announced[target] = from.announced[source];
        hash[target] = from.hash[source];
    }

    /** Begins a record of the same flow with nothing counted. */
    void clearCounts(int i) {
        packetsA[i] = 0;
        packetsB[i] = 0;
        bytesA[i] = 0;
        bytesB[i] = 0;
        firstA[i] = NEVER;
        firstB[i] = NEVER;
        last[i] = 0;
        endReason[i] = (byte) FlowBatch.EndReason.NONE.ordinal();
        changed[i] = false;
        partial[i] = false;
        announced[i] = false;
    }

    // ---- derived

    long packets(int i) {
        return packetsA[i] + packetsB[i];
    }

    long bytes(int i) {
        return bytesA[i] + bytesB[i];
    }

    long first(int i) {
        return Math.min(firstA[i], firstB[i]);
    }

    int flags(int i) {
        return (flagsA[i] | flagsB[i]) & 255;
    }

    boolean openedByA(int i) {
        return opener[i] == A;
    }

    int ipProtocol(int i) {
        return FlowKeys.ipProtocol(meta[i]);
    }

    int aPort(int i) {
        return ports[i] >>> 16;
    }

    int bPort(int i) {
        return ports[i] & 0xFFFF;
    }

    long srcHi(int i) {
        return openedByA(i) ? aHi[i] : bHi[i];
    }

    long srcLo(int i) {
        return openedByA(i) ? aLo[i] : bLo[i];
    }

    long dstHi(int i) {
        return openedByA(i) ? bHi[i] : aHi[i];
    }

    long dstLo(int i) {
        return openedByA(i) ? bLo[i] : aLo[i];
    }

    int srcPort(int i) {
        return openedByA(i) ? aPort(i) : bPort(i);
    }

    int dstPort(int i) {
        return openedByA(i) ? bPort(i) : aPort(i);
    }

    long packetsFwd(int i) {
        return openedByA(i) ? packetsA[i] : packetsB[i];
    }

    long packetsRev(int i) {
        return openedByA(i) ? packetsB[i] : packetsA[i];
    }

    long bytesFwd(int i) {
        return openedByA(i) ? bytesA[i] : bytesB[i];
    }

    long bytesRev(int i) {
        return openedByA(i) ? bytesB[i] : bytesA[i];
    }

    byte flagsFwd(int i) {
        return openedByA(i) ? flagsA[i] : flagsB[i];
    }

    byte flagsRev(int i) {
        return openedByA(i) ? flagsB[i] : flagsA[i];
    }

    boolean isFinished(int i) {
        return (flagsA[i] & flagsB[i] & TcpFlags.FIN) != 0;
    }

    boolean isReset(int i) {
        return (flags(i) & TcpFlags.RST) != 0;
    }

    State state(int i) {
        if (endReason[i] != 0) {
            return State.ENDED;
        }
        if (ipProtocol(i) != Protocols.TCP) {
            return packetsA[i] > 0 && packetsB[i] > 0 ? State.ESTABLISHED : State.NEW;
        }
        if ((flags(i) & (TcpFlags.FIN | TcpFlags.RST)) != 0) {
            return State.CLOSING;
        }
        // who opened acknowledges only what was answered
        return (flagsFwd(i) & TcpFlags.ACK) != 0 ? State.ESTABLISHED : State.NEW;
    }

    /** How far a flow is. */
    enum State {
        NEW("new"),
        ESTABLISHED("established"),
        CLOSING("closing"),
        ENDED("ended");

        private final String text;

        State(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
