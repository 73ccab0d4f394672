// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import org.jopil.api.event.Addresses;
import org.jopil.api.event.Direction;
import org.jopil.api.event.PacketBatch;
import org.jopil.api.event.Protocols;
import org.jopil.decode.Offsets;

/**
 * The newest samples as primitive columns; a new one takes the place of the oldest. Nothing is allocated per sample. One
 * thread. A row is named by its slot, see {@link #slot}.
 */
final class PacketStore {
    /** Most header bytes of one sample. */
    static final int CAPTURE_BYTES = 192;

    static final int ADDRESSES = 1;
    static final int PORTS = 1 << 1;
    static final int FRAGMENT = 1 << 2;
    static final int MALFORMED = 1 << 3;
    static final int LAYER3 = 1 << 4;
    static final int EGRESS = 1 << 5;
    static final int MASKED = 1 << 6;

    final long[] id;
    final long[] timestampNs;
    final int[] weight;
    final int[] packets;
    final int[] wireBytes;
    final int[] lengthBytes;
    final int[] interfaceId;
    final int[] cpu;
    final int[] rxQueue;
    final int[] etherType;
    /** Codes of {@link Protocols}. */
    final int[] protocol;
    /** -1 if there is none. */
    final int[] vlan;

    final int[] innerVlan;
    final long[] srcHi;
    final long[] srcLo;
    final long[] dstHi;
    final long[] dstLo;
    final int[] srcPort;
    final int[] dstPort;
    final byte[] tcpFlags;
    final byte[] marks;
    final String[] hook;
    final int[] acceleratedVlan;
    final int[] captured;
    final byte[] headers;

    private final int capacity;
    private long added;
    private long lost;

    PacketStore(int capacity) {
        this.capacity = capacity;
        id = new long[capacity];
        timestampNs = new long[capacity];
        weight = new int[capacity];
        packets = new int[capacity];
        wireBytes = new int[capacity];
        lengthBytes = new int[capacity];
        interfaceId = new int[capacity];
        cpu = new int[capacity];
        rxQueue = new int[capacity];
        etherType = new int[capacity];
        protocol = new int[capacity];
        vlan = new int[capacity];
        innerVlan = new int[capacity];
        srcHi = new long[capacity];
        srcLo = new long[capacity];
        dstHi = new long[capacity];
        dstLo = new long[capacity];
        srcPort = new int[capacity];
        dstPort = new int[capacity];
        tcpFlags = new byte[capacity];
        marks = new byte[capacity];
        hook = new String[capacity];
        acceleratedVlan = new int[capacity];
        captured = new int[capacity];
        headers = new byte[capacity * CAPTURE_BYTES];
    }

    int size() {
        return (int) Math.min(added, capacity);
    }

    /** Slot of a row, 0 is the newest. */
    int slot(int age) {
        return (int) ((added - 1 - age) % capacity);
    }

    /** Samples that never came here because we were lapped. */
    long lost() {
        return lost;
    }

    boolean has(int slot, int mark) {
        return (marks[slot] & mark) != 0;
    }

    void add(PacketBatch batch) {
        lost += batch.lostBefore();
        for (int row = Math.max(0, batch.size() - capacity); row < batch.size(); row++) {
            add(batch, row, (int) (added % capacity));
            added++;
        }
    }

    private void add(PacketBatch batch, int row, int slot) {
        id[slot] = batch.firstSequence() + row;
        timestampNs[slot] = batch.timestampNs(row);
        weight[slot] = batch.weight(row);
        packets[slot] = batch.packets(row);
        wireBytes[slot] = batch.wireBytes(row);
        lengthBytes[slot] = batch.lengthBytes(row);
        interfaceId[slot] = batch.interfaceId(row);
        cpu[slot] = batch.cpu(row);
        rxQueue[slot] = batch.rxQueue(row);
        etherType[slot] = batch.etherType(row);
        hook[slot] = batch.hook(row);
        srcHi[slot] = batch.srcHi(row);
        srcLo[slot] = batch.srcLo(row);
        dstHi[slot] = batch.dstHi(row);
        dstLo[slot] = batch.dstLo(row);
        srcPort[slot] = batch.srcPort(row);
        dstPort[slot] = batch.dstPort(row);
        tcpFlags[slot] = (byte) batch.tcpFlags(row);
        acceleratedVlan[slot] = batch.acceleratedVlan(row);
        captured[slot] = batch.copyCaptured(row, headers, slot * CAPTURE_BYTES);
        int ipProtocol = batch.ipProtocol(row);
        marks[slot] = (byte) ((ipProtocol >= 0 && !batch.isMalformed(row) ? ADDRESSES : 0)
                | (batch.hasPorts(row) ? PORTS : 0)
                | (batch.isFragment(row) ? FRAGMENT : 0)
                | (batch.isMalformed(row) ? MALFORMED : 0)
                | (batch.isLayer3(row) ? LAYER3 : 0)
                | (batch.direction(row) == Direction.EGRESS ? EGRESS : 0)
                | (batch.isMasked(row) ? MASKED : 0));
        protocol[slot] = protocol(batch.isMalformed(row), ipProtocol, etherType[slot]);
        vlans(slot);
        if (ipProtocol < 0 && !batch.isLayer3(row)) {
            arpAddresses(slot);
        }
    }

    private static int protocol(boolean malformed, int ipProtocol, int etherType) {
        if (malformed) {
            return Protocols.MALFORMED;
        }
        if (ipProtocol >= 0) {
            return ipProtocol;
        }
        return etherType == 0x0806 ? Protocols.ARP : Protocols.ofEtherType(etherType <= 1500 ? 0 : etherType);
    }

    /** The tag beside the frame is the outer one, if there is one. */
    private void vlans(int slot) {
        boolean ethernet = !has(slot, LAYER3);
        int beside = acceleratedVlan[slot] == 0 ? 0 : 1;
        vlan[slot] = beside == 1 ? acceleratedVlan[slot] & 0xFFF : ethernet ? inFrame(slot, 0) : -1;
        innerVlan[slot] = vlan[slot] < 0 || !ethernet ? -1 : inFrame(slot, 1 - beside);
    }

    /** Whether the outer tag is in the captured bytes, not beside them. */
    boolean hasTagInFrame(int slot) {
        return !has(slot, LAYER3) && acceleratedVlan[slot] == 0 && vlan[slot] >= 0;
    }

    private int inFrame(int slot, int depth) {
        return Offsets.vlanInFrame(headers, slot * CAPTURE_BYTES, captured[slot], depth);
    }

    /** ARP has IP addresses too, and a filter for a host means them. */
    private void arpAddresses(int slot) {
        int sender = Offsets.arpSender(headers, slot * CAPTURE_BYTES, captured[slot]);
        if (sender < 0) {
            return;
        }
        srcLo[slot] = ipv4(sender);
        dstLo[slot] = ipv4(sender + Offsets.ARP_TARGET_AFTER_SENDER);
        marks[slot] |= ADDRESSES;
    }

    private long ipv4(int at) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | headers[at + i] & 0xFF;
        }
        return Addresses.mapped(value);
    }
}
