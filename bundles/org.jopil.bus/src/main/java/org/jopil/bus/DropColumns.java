// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import org.jopil.api.event.DropBatch;
import org.jopil.api.source.DropSource;

/**
 * A batch of drops as columns. The writer sets every column of a row, then {@link #size}; nothing is cleared between two
 * uses, so that places stay referenced: they must be few. Units as in {@link DropBatch}.
 *
 * <p>Subscribers get it behind a view of their own, which knows what they lost; {@link #lostBefore} is 0 here.
 */
public final class DropColumns extends Columns implements DropBatch {
    public static final int CAPACITY = Columns.CAPACITY;

    public final long[] timestampNs = new long[CAPACITY];
    public final int[] weight = new int[CAPACITY];
    public final int[] packets = new int[CAPACITY];
    public final int[] lengthBytes = new int[CAPACITY];
    public final short[] cpu = new short[CAPACITY];
    /** Never null in a row that is written. */
    public final DropSource.Place[] place = new DropSource.Place[CAPACITY];

    /** Host order. */
    public final char[] etherType = new char[CAPACITY];

    /** IANA number, 0 for what is not IP. */
    public final short[] ipProtocol = new short[CAPACITY];

    public final long[] srcHi = new long[CAPACITY];
    public final long[] srcLo = new long[CAPACITY];
    public final long[] dstHi = new long[CAPACITY];
    public final long[] dstLo = new long[CAPACITY];
    public final char[] srcPort = new char[CAPACITY];
    public final char[] dstPort = new char[CAPACITY];
    public final boolean[] received = new boolean[CAPACITY];
    public final long[] socketCookie = new long[CAPACITY];

    @Override
    public int marked() {
        return 0;
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
    public long timestampNs(int row) {
        return timestampNs[row];
    }

    @Override
    public int weight(int row) {
        return weight[row];
    }

    @Override
    public int packets(int row) {
        return packets[row];
    }

    @Override
    public int lengthBytes(int row) {
        return lengthBytes[row];
    }

    @Override
    public int cpu(int row) {
        return cpu[row];
    }

    @Override
    public DropSource.Place place(int row) {
        return place[row];
    }

    @Override
    public int etherType(int row) {
        return etherType[row];
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
    public boolean isReceived(int row) {
        return received[row];
    }

    @Override
    public long socketCookie(int row) {
        return socketCookie[row];
    }
}
