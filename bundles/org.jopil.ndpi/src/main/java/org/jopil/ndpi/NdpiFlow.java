// SPDX-License-Identifier: Apache-2.0
package org.jopil.ndpi;

import org.jopil.api.event.Protocols;
import org.jopil.ndpi.internal.FlowEnds;

/** One flow that libndpi looks into. Used by the thread of its {@link Ndpi}. */
public final class NdpiFlow implements AutoCloseable {
    final FlowEnds ends;

    /** Guarded by {@link #ndpi}: when it carried something last, {@link System#nanoTime}. */
    long usedNs;

    private final Ndpi ndpi;
    private final Side client = new Side();
    private final Side server = new Side();
    private boolean begun;
    private int found;
    private String protocol;
    private String name;

    /** One direction of TCP, in bytes behind the first that was told. */
    private static final class Side {
        private boolean begun;
        private int first;
        private int end;

        /** Where the payload stands. */
        int tell(int sequence, int payloadBytes) {
            if (!begun) {
                begun = true;
                first = sequence;
            }
            int position = sequence - first;
            end = Math.max(end, position + payloadBytes);
            return position;
        }
    }

    NdpiFlow(Ndpi ndpi, FlowEnds ends) {
        this.ndpi = ndpi;
        this.ends = ends;
    }

    /**
     * One payload packet, in the order of capture.
     *
     * @param fromClient whether the flow's client sent it
     * @param timestampNs of the packet
     * @param tcpSequence of the first payload byte, 0 for UDP
     * @param data holds the copy; read during the call only
     * @param from index of the first payload byte in {@code data}
     * @param captured payload bytes in {@code data}; 1,536 of them are shown at most
     * @param payloadBytes payload bytes on the wire, at least {@code captured}
     * @return whether the answers below are others than before; never once it was forgotten or closed
     */
    public boolean feed(
            boolean fromClient,
            long timestampNs,
            int tcpSequence,
            byte[] data,
            int from,
            int captured,
            int payloadBytes) {
        boolean connects = !begun && ends.ipProtocol() == Protocols.TCP;
        begun = true;
        int position = (fromClient ? client : server).tell(tcpSequence, payloadBytes);
        int acknowledged = (fromClient ? server : client).end;
        int now = ndpi.process(this, connects, fromClient, timestampNs, position, acknowledged, data, from, captured);
        if (now == 0 || now == found) {
            return false;
        }
        found = now;
        protocol = ndpi.protocol(now);
        name = ndpi.fullName(now);
        return true;
    }

    /** What it speaks, in nDPI's spelling: STUN, BitTorrent, …; null while that is not known. */
    public String protocol() {
        return protocol;
    }

    /** As nDPI writes it, with the service behind the protocol where it knows one: STUN.Skype_Teams; null as above. */
    public String name() {
        return name;
    }

    /** Gives its memory back; what is known stays. */
    @Override
    public void close() {
        ndpi.end(this);
    }
}
