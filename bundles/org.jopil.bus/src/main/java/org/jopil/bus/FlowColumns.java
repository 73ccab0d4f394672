// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import org.jopil.api.event.FlowBatch;

/**
 * A batch of flow changes as primitive columns. The writer sets every column of a row, then {@link #size}; nothing is
 * cleared between two uses. Units as in {@link FlowBatch}.
 *
 * <p>Subscribers get it behind a view of their own, which knows what they lost; {@link #lostBefore} is 0 here.
 */
public final class FlowColumns extends Columns implements FlowBatch {
    public static final int CAPACITY = Columns.CAPACITY;

    private static final Change[] CHANGES = Change.values();
    private static final EndReason[] END_REASONS = EndReason.values();

    public final long[] id = new long[CAPACITY];
    /** Ordinal of {@link org.jopil.api.event.FlowBatch.Change}. */
    public final byte[] change = new byte[CAPACITY];
    /** Ordinal of {@link org.jopil.api.event.FlowBatch.EndReason}. */
    public final byte[] endReason = new byte[CAPACITY];

    public final int[] interfaceId = new int[CAPACITY];
    public final char[] vlan = new char[CAPACITY];
    public final short[] ipProtocol = new short[CAPACITY];
    public final long[] srcHi = new long[CAPACITY];
    public final long[] srcLo = new long[CAPACITY];
    public final long[] dstHi = new long[CAPACITY];
    public final long[] dstLo = new long[CAPACITY];
    public final char[] srcPort = new char[CAPACITY];
    public final char[] dstPort = new char[CAPACITY];
    public final long[] packetsFwd = new long[CAPACITY];
    public final long[] packetsRev = new long[CAPACITY];
    public final long[] bytesFwd = new long[CAPACITY];
    public final long[] bytesRev = new long[CAPACITY];
    public final long[] firstSeenNs = new long[CAPACITY];
    public final long[] lastSeenNs = new long[CAPACITY];
    public final byte[] tcpFlagsFwd = new byte[CAPACITY];
    public final byte[] tcpFlagsRev = new byte[CAPACITY];

    @Override
    public int marked() {
        int closed = 0;
        for (int row = 0; row < size; row++) {
            if (change[row] == (byte) Change.CLOSED.ordinal()) {
                closed++;
            }
        }
        return closed;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long firstSequence() {
        return firstSequence;
    }

    @Override
    public long lostBefore() {
        return 0;
    }

    @Override
    public long closedLostBefore() {
        return 0;
    }

    @Override
    public long id(int row) {
        return id[row];
    }

    @Override
    public Change change(int row) {
        return CHANGES[change[row]];
    }

    @Override
    public EndReason endReason(int row) {
        return END_REASONS[endReason[row]];
    }

    @Override
    public int interfaceId(int row) {
        return interfaceId[row];
    }

    @Override
    public int vlan(int row) {
        return vlan[row];
    }

    @Override
    public int ipProtocol(int row) {
        return ipProtocol[row];
    }

    @Override
    public long srcHi(int row) {
        return srcHi[row];
    }

    @Override
    public long srcLo(int row) {
        return srcLo[row];
    }

    @Override
    public long dstHi(int row) {
        return dstHi[row];
    }

    @Override
    public long dstLo(int row) {
        return dstLo[row];
    }

    @Override
    public int srcPort(int row) {
        return srcPort[row];
    }

    @Override
    public int dstPort(int row) {
        return dstPort[row];
    }

    @Override
    public long packetsFwd(int row) {
        return packetsFwd[row];
    }

    @Override
    public long packetsRev(int row) {
        return packetsRev[row];
    }

    @Override
    public long bytesFwd(int row) {
        return bytesFwd[row];
    }

    @Override
    public long bytesRev(int row) {
        return bytesRev[row];
    }

    @Override
    public long firstSeenNs(int row) {
        return firstSeenNs[row];
    }

    @Override
    public long lastSeenNs(int row) {
        return lastSeenNs[row];
    }

    @Override
    public int tcpFlagsFwd(int row) {
        return tcpFlagsFwd[row] & 255;
    }

    @Override
    public int tcpFlagsRev(int row) {
        return tcpFlagsRev[row] & 255;
    }
}
