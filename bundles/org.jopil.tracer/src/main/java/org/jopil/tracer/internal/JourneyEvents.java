// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.EpochClock;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.RingPoll;
import org.jopil.bpf.RingReader;
import org.jopil.bus.JourneyColumns;
import org.jopil.bus.JourneyWriter;

/** Moves what followed packets passed from the kernel's ring to the bus, on a thread of its own. */
final class JourneyEvents implements RingReader.Handler {
    private static final JourneyHook[] HOOKS = JourneyHook.values();
    private static final JourneyEnd[] ENDS = JourneyEnd.values();

    private final JourneyWriter writer;
    private final JourneyNames names;
    private final PacketHeaders headers = new PacketHeaders();
    private final RingPoll reader;

    private long epochMinusMonoNs;

    /**
     * Begins to read.
     *
     * @param events map journey_events; stays the caller's, and must outlive {@link #stop}
     * @param interfaces used on the new thread alone from now on
     */
    JourneyEvents(BpfMap events, JourneyWriter writer, InterfaceNames interfaces) {
        this.writer = writer;
        this.names = new JourneyNames(interfaces);
        this.reader = new RingPoll("journeys", events, this, writer::publish);
    }

    @Override
    public void record(int cpu, MappedRegion data, long at, int length) {
        JourneyColumns c = writer.columns();
        int row = c.size;
        if (row == 0) {
            epochMinusMonoNs = EpochClock.followed(epochMinusMonoNs);
        }
        int flags = data.getUnsignedByte(at + Layout.JOURNEY_EVENT_FLAGS_OFFSET);
        JourneyHook hook = HOOKS[data.getUnsignedByte(at + Layout.JOURNEY_EVENT_HOOK_OFFSET)];
        int bytes = data.getInt(at + Layout.JOURNEY_EVENT_BYTES_OFFSET);
        JourneyNames.Place place = names.place(
                data.getInt(at + Layout.JOURNEY_EVENT_NETNS_OFFSET),
                data.getInt(at + Layout.JOURNEY_EVENT_IFINDEX_OFFSET));
        boolean process = (flags & Layout.JOURNEY_PROCESS) != 0;
        c.journey[row] = data.getLong(at + Layout.JOURNEY_EVENT_ID_OFFSET);
        c.timestampNs[row] = data.getLong(at + Layout.JOURNEY_EVENT_TIMESTAMP_NS_OFFSET) + epochMinusMonoNs;
        c.hook[row] = hook;
        c.end[row] = (flags & Layout.JOURNEY_LAST) == 0
                ? null
                : ENDS[data.getUnsignedByte(at + Layout.JOURNEY_EVENT_END_OFFSET)];
        c.cpu[row] = (short) data.getUnsignedShort(at + Layout.JOURNEY_EVENT_CPU_OFFSET);
        c.interfaceName[row] = place.interfaceName();
        c.namespace[row] = place.namespace();
        int pid = process ? data.getInt(at + Layout.JOURNEY_EVENT_TGID_OFFSET) : 0;
        boolean isFirstThread = data.getInt(at + Layout.JOURNEY_EVENT_TID_OFFSET) == pid;
        c.pid[row] = pid;
        c.command[row] = process ? names.command(pid, isFirstThread, data, at + Layout.JOURNEY_EVENT_COMM_OFFSET) : "";
        c.lengthBytes[row] = countsFromIp(hook) ? bytes : 0;
        c.dropReason[row] = hook == JourneyHook.DROP ? names.reason(bytes) : "";
        c.tcpSequence[row] = data.getInt(at + Layout.JOURNEY_EVENT_SEQUENCE_OFFSET);
        c.flags[row] = (byte) ((flags & Layout.JOURNEY_FIRST) == 0 ? 0 : JourneyColumns.FLAG_FIRST);
        c.flags[row] |= (byte) ((flags & Layout.JOURNEY_TRACED) == 0 ? 0 : JourneyColumns.FLAG_TRACED);
        headers(c, row, (flags & Layout.JOURNEY_FIRST) != 0, data, at);
        c.size = row + 1;
    }

    /** On its way out a packet has a link header, in TCP none of IP. */
    private static boolean countsFromIp(JourneyHook hook) {
        return switch (hook) {
            case QUEUE, START_XMIT, XMIT, TCP, DROP -> false;
            default -> true;
        };
    }

    private void headers(JourneyColumns c, int row, boolean first, MappedRegion data, long at) {
        int captured = first ? data.getInt(at + Layout.JOURNEY_EVENT_CAPTURED_BYTES_OFFSET) : 0;
        headers.readIp(data, at + Layout.JOURNEY_FIRST_EVENT_DATA_OFFSET, captured);
        if (headers.ipBytes > 0) {
            c.lengthBytes[row] = headers.ipBytes;
        }
        c.ipProtocol[row] = (short) data.getUnsignedByte(at + Layout.JOURNEY_EVENT_PROTOCOL_OFFSET);
        c.srcHi[row] = headers.srcHi;
        c.srcLo[row] = headers.srcLo;
        c.dstHi[row] = headers.dstHi;
        c.dstLo[row] = headers.dstLo;
        c.srcPort[row] = (char) headers.srcPort;
        c.dstPort[row] = (char) headers.dstPort;
        c.tcpFlags[row] = (byte) headers.tcpFlags;
    }

    /** What is in the ring is still published. */
    void stop() {
        reader.stop();
    }
}
