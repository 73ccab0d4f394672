// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import org.jopil.api.event.Direction;
import org.jopil.api.event.PacketBatch;

/**
 * A batch of packet samples as primitive columns: row {@code i} of each array is one observation. The writer sets every
 * column of a row, then {@link #size}; nothing is cleared between two uses. Units as in {@link PacketBatch}.
 *
 * <p>Subscribers get it behind a view of their own, which knows what they lost; {@link #lostBefore} is 0 here.
 */
public final class PacketColumns extends Columns implements PacketBatch {
    public static final int CAPACITY = Columns.CAPACITY;

    /** Distance of the captured bytes of two rows in {@link #captured}; most header bytes of a row. */
    public static final int CAPTURE_BYTES = 192;

    /** Values of {@link #hook}. */
    public static final byte HOOK_XDP = 0;

    public static final byte HOOK_TC = 1;

    /** No hook: the packet is from a file. */
    public static final byte HOOK_REPLAY = 2;

    /** Bits of {@link #flags}. */
    public static final byte FLAG_PORTS = 1;

    public static final byte FLAG_FRAGMENT = 1 << 1;
    public static final byte FLAG_MALFORMED = 1 << 2;
    public static final byte FLAG_LAYER3 = 1 << 3;
    public static final byte FLAG_EGRESS = 1 << 4;
    /** Set by the bus: addresses are pseudonyms, and what was captured is cut and without checksums. */
    public static final byte FLAG_MASKED = 1 << 5;

    private static final String[] HOOKS = {"xdp", "tc", "replay"};

    public final long[] timestampNs = new long[CAPACITY];
    public final int[] weight = new int[CAPACITY];
    public final int[] packets = new int[CAPACITY];
    public final int[] wireBytes = new int[CAPACITY];
    public final int[] lengthBytes = new int[CAPACITY];
    public final int[] interfaceId = new int[CAPACITY];
    /** One of the HOOK_ values. */
    public final byte[] hook = new byte[CAPACITY];
    /** {@code FLAG_…} bits. */
    public final byte[] flags = new byte[CAPACITY];

    public final short[] cpu = new short[CAPACITY];
    public final int[] rxQueue = new int[CAPACITY];
    /** Host order. */
    public final char[] etherType = new char[CAPACITY];

    public final char[] vlan = new char[CAPACITY];
    /** IANA number, -1 for what is not IP. */
    public final short[] ipProtocol = new short[CAPACITY];

    public final long[] srcHi = new long[CAPACITY];
    public final long[] srcLo = new long[CAPACITY];
    public final long[] dstHi = new long[CAPACITY];
    public final long[] dstLo = new long[CAPACITY];
    public final char[] srcPort = new char[CAPACITY];
    public final char[] dstPort = new char[CAPACITY];
    public final byte[] tcpFlags = new byte[CAPACITY];
    /** TPID in the upper 16 bits, TCI in the lower; 0 = none. */
    public final int[] acceleratedVlan = new int[CAPACITY];
    /** Valid bytes of the row in {@link #captured}. */
    public final short[] capturedLength = new short[CAPACITY];
    /** Captured header bytes; those of row {@code i} start at {@code i * CAPTURE_BYTES}. */
    public final byte[] captured = new byte[CAPACITY * CAPTURE_BYTES];

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
    public int wireBytes(int row) {
        return wireBytes[row];
    }

    @Override
    public int lengthBytes(int row) {
        return lengthBytes[row];
    }

    @Override
    public int interfaceId(int row) {
        return interfaceId[row];
    }

    @Override
    public Direction direction(int row) {
        return (flags[row] & FLAG_EGRESS) == 0 ? Direction.INGRESS : Direction.EGRESS;
    }

    @Override
    public String hook(int row) {
        return HOOKS[hook[row]];
    }

    @Override
    public int cpu(int row) {
        return cpu[row];
    }

    @Override
    public int rxQueue(int row) {
        return rxQueue[row];
    }

    @Override
    public int etherType(int row) {
        return etherType[row];
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
    public boolean hasPorts(int row) {
        return (flags[row] & FLAG_PORTS) != 0;
    }

    @Override
    public boolean isFragment(int row) {
        return (flags[row] & FLAG_FRAGMENT) != 0;
    }

    @Override
    public boolean isMalformed(int row) {
        return (flags[row] & FLAG_MALFORMED) != 0;
    }

    @Override
    public int tcpFlags(int row) {
        return tcpFlags[row] & 255;
    }

    @Override
    public int acceleratedVlan(int row) {
        return acceleratedVlan[row];
    }

    @Override
    public boolean isLayer3(int row) {
        return (flags[row] & FLAG_LAYER3) != 0;
    }

    @Override
    public boolean isMasked(int row) {
        return (flags[row] & FLAG_MASKED) != 0;
    }

    @Override
    public int capturedLength(int row) {
        return capturedLength[row];
    }

    @Override
    public int copyCaptured(int row, byte[] destination, int at) {
        int length = capturedLength[row];
        System.arraycopy(captured, row * CAPTURE_BYTES, destination, at, length);
        return length;
    }
}
