// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import org.jopil.api.event.JourneyBatch;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;

/**
 * A batch of followed packets at hooks as columns. The writer sets every column of a row, then {@link #size}; nothing is
 * cleared between two uses, so that names stay referenced: they must be few, or short. Units as in {@link JourneyBatch}.
 *
 * <p>Subscribers get it behind a view of their own, which knows what they lost; {@link #lostBefore} is 0 here.
 */
public final class JourneyColumns extends Columns implements JourneyBatch {
    public static final int CAPACITY = Columns.CAPACITY;

    /** Bits of {@link #flags}. */
    public static final byte FLAG_FIRST = 1;

    public static final byte FLAG_TRACED = 1 << 1;

    public final long[] journey = new long[CAPACITY];
    public final long[] timestampNs = new long[CAPACITY];
    /** Never null in a row that is written. */
    public final JourneyHook[] hook = new JourneyHook[CAPACITY];
    /** Null while the leg goes on. */
    public final JourneyEnd[] end = new JourneyEnd[CAPACITY];

    /** {@code FLAG_…} bits. */
    public final byte[] flags = new byte[CAPACITY];

    public final short[] cpu = new short[CAPACITY];
    /** These four are never null in a row that is written. */
    public final String[] interfaceName = new String[CAPACITY];

    public final String[] namespace = new String[CAPACITY];
    public final String[] command = new String[CAPACITY];
    public final String[] dropReason = new String[CAPACITY];
    public final int[] pid = new int[CAPACITY];
    public final int[] lengthBytes = new int[CAPACITY];
    /** IANA number, 0 for what is not IP. */
    public final short[] ipProtocol = new short[CAPACITY];

    public final long[] srcHi = new long[CAPACITY];
    public final long[] srcLo = new long[CAPACITY];
    public final long[] dstHi = new long[CAPACITY];
    public final long[] dstLo = new long[CAPACITY];
    public final char[] srcPort = new char[CAPACITY];
    public final char[] dstPort = new char[CAPACITY];
    public final byte[] tcpFlags = new byte[CAPACITY];
    public final int[] tcpSequence = new int[CAPACITY];

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
    public long journey(int row) {
        return journey[row];
    }

    @Override
    public long timestampNs(int row) {
        return timestampNs[row];
    }

    @Override
    public JourneyHook hook(int row) {
        return hook[row];
    }

    @Override
    public JourneyEnd end(int row) {
        return end[row];
    }

    @Override
    public int cpu(int row) {
        return cpu[row];
    }

    @Override
    public String interfaceName(int row) {
        return interfaceName[row];
    }

    @Override
    public String namespace(int row) {
        return namespace[row];
    }

    @Override
    public int pid(int row) {
        return pid[row];
    }

    @Override
    public String command(int row) {
        return command[row];
    }

    @Override
    public int lengthBytes(int row) {
        return lengthBytes[row];
    }

    @Override
    public String dropReason(int row) {
        return dropReason[row];
    }

    @Override
    public boolean isFirst(int row) {
        return (flags[row] & FLAG_FIRST) != 0;
    }

    @Override
    public boolean isTraced(int row) {
        return (flags[row] & FLAG_TRACED) != 0;
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
    public int tcpFlags(int row) {
        return tcpFlags[row] & 255;
    }

    @Override
    public int tcpSequence(int row) {
        return tcpSequence[row];
    }
}
