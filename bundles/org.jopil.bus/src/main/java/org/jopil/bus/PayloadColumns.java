// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import org.jopil.api.event.Direction;
import org.jopil.api.event.PayloadBatch;

/**
 * A batch of payloads as columns. The writer sets every column of a row, has the bytes appended by {@link #room}, then
 * sets {@link #size}; nothing is cleared between two uses. Units as in {@link PayloadBatch}.
 *
 * <p>Subscribers get it behind a view of their own, which knows what they lost; {@link #lostBefore} is 0 here.
 */
public final class PayloadColumns extends Columns implements PayloadBatch {
    public static final int CAPACITY = 256;
    /** Most bytes of one row. */
    public static final int ROW_BYTES = 1536;

    private static final int DATA_BYTES = 128 << 10;

    public final long[] timestampNs = new long[CAPACITY];
    public final int[] interfaceId = new int[CAPACITY];
    public final char[] vlan = new char[CAPACITY];
    public final char[] innerVlan = new char[CAPACITY];
    public final short[] ipProtocol = new short[CAPACITY];
    public final long[] srcHi = new long[CAPACITY];
    public final long[] srcLo = new long[CAPACITY];
    public final long[] dstHi = new long[CAPACITY];
    public final long[] dstLo = new long[CAPACITY];
    public final char[] srcPort = new char[CAPACITY];
    public final char[] dstPort = new char[CAPACITY];
    public final int[] tcpSequence = new int[CAPACITY];
    public final int[] payloadBytes = new int[CAPACITY];
    public final boolean[] egress = new boolean[CAPACITY];
    public final byte[] tcpFlags = new byte[CAPACITY];

    /** The bytes of all rows, one behind the other. */
    public final byte[] data = new byte[DATA_BYTES];

    private final int[] dataIndex = new int[CAPACITY + 1];

    /** Whether one more row may not fit. */
    public boolean isFull() {
        return size == CAPACITY || dataIndex[size] + ROW_BYTES > DATA_BYTES;
    }

    /** Where in {@link #data} the bytes of row {@link #size} belong, so many of them. */
    public int room(int bytes) {
        int from = size == 0 ? 0 : dataIndex[size];
        dataIndex[size] = from;
        dataIndex[size + 1] = from + bytes;
        return from;
    }

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
    public Direction direction(int row) {
        return egress[row] ? Direction.EGRESS : Direction.INGRESS;
    }

    @Override
    public int tcpFlags(int row) {
        return tcpFlags[row] & 0xFF;
    }

    @Override
    public int capturedLength(int row) {
        return dataIndex[row + 1] - dataIndex[row];
    }

    @Override
    public int copyCaptured(int row, byte[] destination, int at) {
        int bytes = capturedLength(row);
        System.arraycopy(data, dataIndex[row], destination, at, bytes);
        return bytes;
    }

    @Override
    public long timestampNs(int row) {
        return timestampNs[row];
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
    public int innerVlan(int row) {
        return innerVlan[row];
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
    public int tcpSequence(int row) {
        return tcpSequence[row];
    }

    @Override
    public int payloadBytes(int row) {
        return payloadBytes[row];
    }
}
