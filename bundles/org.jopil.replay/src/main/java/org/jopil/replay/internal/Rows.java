// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.HandOffs;
import org.jopil.bus.EventBus;
import org.jopil.bus.PacketColumns;
import org.jopil.bus.PacketWriter;
import org.jopil.bus.PayloadColumns;
import org.jopil.bus.PayloadWriter;
import org.jopil.decode.HeaderParser;

/**
 * Tells the bus of packets and first payloads as the kernel's rings would: headers up to the rings' limit, and the payloads
 * of the first packets of a flow and direction. One writer; the accounts from any thread.
 */
final class Rows implements HandOffs {
    /** As JOPIL_PAYLOAD_PACKETS. */
    private static final int PAYLOAD_PACKETS = 4;

    private static final int DNS = 53;
    private static final int MDNS = 5353;
    private static final int LLMNR = 5355;
    private static final int TCP_SEQUENCE = 4;
    /** Flows whose told payloads are remembered; one that was forgotten is told anew, as in the kernel's table. */
    private static final int MOST_FLOWS = 262_144;

    private final EventBus bus;
    private final PacketWriter packets;
    private final PayloadWriter payloads;
    private final long packetsBefore;
    private final long payloadsBefore;
    private final Map<FlowKey, Integer> told = new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FlowKey, Integer> eldest) {
            return size() > MOST_FLOWS;
        }
    };

    private long packetRows;
    private long payloadsWanted;
    private long payloadRows;
    private long payloadsCutOff;
    private int packetBatches;
    private int payloadBatches;

    Rows(EventBus bus) {
        this.bus = bus;
        packets = bus.packets();
        payloads = bus.payloads();
        packetsBefore = bus.deliveredPackets();
        payloadsBefore = payloads.rows();
    }

    /** One packet; the parser has read it and followed its tunnel. */
    synchronized void packet(
            int interfaceId, long timestampNs, LinkFrame frame, int frameBytes, int queue, HeaderParser parsed) {
        PacketColumns c = packets.columns();
        int row = c.size;
        boolean ip = parsed.isIp();
        c.timestampNs[row] = timestampNs;
        c.weight[row] = 1;
        c.packets[row] = 1;
        c.wireBytes[row] = frameBytes;
        c.lengthBytes[row] = frameBytes;
        c.interfaceId[row] = interfaceId;
        c.hook[row] = PacketColumns.HOOK_REPLAY;
        c.cpu[row] = -1;
        c.rxQueue[row] = queue;
        c.etherType[row] = (char) parsed.etherType();
        c.vlan[row] = (char) parsed.outerVlan();
        c.flags[row] = flags(frame, parsed);
        c.ipProtocol[row] = (short) (ip ? parsed.ipProtocol() : -1);
        c.srcHi[row] = ip ? parsed.srcHi() : 0;
        c.srcLo[row] = ip ? parsed.srcLo() : 0;
        c.dstHi[row] = ip ? parsed.dstHi() : 0;
        c.dstLo[row] = ip ? parsed.dstLo() : 0;
        c.srcPort[row] = (char) parsed.srcPort();
        c.dstPort[row] = (char) parsed.dstPort();
        c.tcpFlags[row] = (byte) parsed.tcpFlags();
        c.acceleratedVlan[row] = 0;
        int captured = Math.min(Math.min(parsed.headerBytes(), frame.captured()), PacketColumns.CAPTURE_BYTES);
        c.capturedLength[row] = (short) captured;
        System.arraycopy(frame.data(), frame.from(), c.captured, row * PacketColumns.CAPTURE_BYTES, captured);
        c.size = row + 1;
        packetRows++;
        if (c.size == PacketColumns.CAPACITY) {
            publishPackets();
        }
    }

    private static byte flags(LinkFrame frame, HeaderParser parsed) {
        int flags = 0;
        flags |= parsed.hasPorts() ? PacketColumns.FLAG_PORTS : 0;
        flags |= parsed.isFragment() ? PacketColumns.FLAG_FRAGMENT : 0;
        flags |= parsed.isMalformed() ? PacketColumns.FLAG_MALFORMED : 0;
        flags |= frame.isLayer3() ? PacketColumns.FLAG_LAYER3 : 0;
        flags |= frame.isEgress() ? PacketColumns.FLAG_EGRESS : 0;
        return (byte) flags;
    }

    /** The payload of a packet of this flow, if it is one of those that are told; before its tunnel is followed. */
    synchronized void payload(FlowKey flow, long timestampNs, LinkFrame frame, HeaderParser parsed) {
        int payload = parsed.payloadBytes();
        boolean carries = flow.ipProtocol() == Protocols.TCP || flow.ipProtocol() == Protocols.UDP;
        if (payload <= 0 || !carries || parsed.isLaterFragment()) {
            return;
        }
        int before = told.getOrDefault(flow, 0);
        if (before >= PAYLOAD_PACKETS) {
            return;
        }
        if (flow.ipProtocol() != Protocols.UDP || !isDns(flow.srcPort()) && !isDns(flow.dstPort())) {
            told.put(flow, before + 1);
        }
        payloadsWanted++;
        int there = Math.min(payload, frame.captured() - parsed.headerBytes());
        if (there <= 0) {
            payloadsCutOff++;
            return;
        }
        write(flow, timestampNs, frame, parsed, Math.min(there, PayloadColumns.ROW_BYTES));
    }

    private static boolean isDns(int port) {
        return port == DNS || port == MDNS || port == LLMNR;
    }

    private void write(FlowKey flow, long timestampNs, LinkFrame frame, HeaderParser parsed, int bytes) {
        if (payloads.columns().isFull()) {
            publishPayloads();
        }
        PayloadColumns c = payloads.columns();
        int row = c.size;
        c.timestampNs[row] = timestampNs;
        c.interfaceId[row] = flow.interfaceId();
        c.egress[row] = flow.direction() == Direction.EGRESS;
        c.vlan[row] = (char) flow.vlan();
        c.innerVlan[row] = (char) flow.innerVlan();
        c.ipProtocol[row] = (short) flow.ipProtocol();
        c.srcHi[row] = flow.srcHi();
        c.srcLo[row] = flow.srcLo();
        c.dstHi[row] = flow.dstHi();
        c.dstLo[row] = flow.dstLo();
        c.srcPort[row] = (char) flow.srcPort();
        c.dstPort[row] = (char) flow.dstPort();
        c.tcpFlags[row] = (byte) parsed.tcpFlags();
        c.tcpSequence[row] = flow.ipProtocol() == Protocols.TCP ? tcpSequence(frame, parsed) : 0;
        c.payloadBytes[row] = parsed.payloadBytes();
        System.arraycopy(frame.data(), frame.from() + parsed.headerBytes(), c.data, c.room(bytes), bytes);
        c.size = row + 1;
        payloadRows++;
    }

    /** Payload is there, so the header before it is. */
    private static int tcpSequence(LinkFrame frame, HeaderParser parsed) {
        byte[] data = frame.data();
        int at = frame.from() + parsed.layer4Offset() + TCP_SEQUENCE;
        return (data[at] & 0xFF) << 24 | (data[at + 1] & 0xFF) << 16 | (data[at + 2] & 0xFF) << 8 | data[at + 3] & 0xFF;
    }

    /** Hands over what was written. */
    synchronized void publish() {
        publishPackets();
        publishPayloads();
    }

    private void publishPackets() {
        packetBatches += packets.columns().size > 0 ? 1 : 0;
        packets.publish();
    }

    private void publishPayloads() {
        payloadBatches += payloads.columns().size > 0 ? 1 : 0;
        payloads.publish();
    }

    /** Whether so many batches went out that a subscriber who has read none of them may soon be lapped. */
    synchronized boolean isFarAhead(int mostPackets, int mostPayloads) {
        return packetBatches >= mostPackets || payloadBatches >= mostPayloads;
    }

    /** Every subscriber has read what went out. */
    synchronized void caughtUp() {
        packetBatches = 0;
        payloadBatches = 0;
    }

    @Override
    public synchronized List<HandOff> handOffs() {
        return List.of(
                new HandOff(
                        BUS,
                        "packets",
                        packetRows,
                        bus.deliveredPackets() - packetsBefore,
                        0,
                        0,
                        packets.columns().size),
                new HandOff(
                        PAYLOADS,
                        "file",
                        payloadsWanted,
                        payloads.rows() - payloadsBefore,
                        payloadsCutOff,
                        0,
                        payloads.columns().size));
    }
}
