// SPDX-License-Identifier: Apache-2.0
package org.jopil.ndpi.internal;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import org.jopil.api.event.Protocols;

/**
 * A packet around a payload, for one who wants whole ones. It is IPv6 always, IPv4 addresses stand in it as
 * ::ffff:a.b.c.d: nDPI has lists of IPv4 networks and of their owners only, and what it takes from them is no reading.
 * Sequence numbers count from the first payload on, so that the connection before it can be made up. Checksums are 0. One
 * thread.
 */
public final class MadePacket implements AutoCloseable {
    /** What of a payload is shown at most, as much as is captured. */
    public static final int MOST_PAYLOAD_BYTES = 1536;

    private static final int IPV6_BYTES = 40;
    private static final int TCP_BYTES = 20;
    private static final int UDP_BYTES = 8;
    private static final int HOPS = 64;
    private static final int WINDOW = 0xFFFF;
    private static final byte SYN = 0x02;
    private static final byte ACK = 0x10;
    private static final byte PUSH = 0x08;
    /** Of the first payload byte; nDPI takes 0 for unknown. */
    private static final int FIRST = 1_000_000;

    private final byte[] bytes = new byte[IPV6_BYTES + TCP_BYTES + MOST_PAYLOAD_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private final Memory memory = new Memory(bytes.length);

    /** Where it stands for the library. */
    public Pointer memory() {
        return memory;
    }

    /** The client opens a connection; returns the packet's length, as all of them do. */
    public int syn(FlowEnds ends) {
        return tcp(ends, true, SYN, FIRST - 1, 0, bytes, 0, 0);
    }

    /** The server agrees. */
    public int synAck(FlowEnds ends) {
        return tcp(ends, false, (byte) (SYN | ACK), FIRST - 1, FIRST, bytes, 0, 0);
    }

    /**
     * @param position of the first byte, behind the first payload byte that this side sent; below 0 if it came late
     * @param acknowledged bytes that the other side was seen to have sent
     */
    public int payload(
            FlowEnds ends, boolean fromClient, int position, int acknowledged, byte[] data, int from, int captured) {
        int shown = Math.min(captured, MOST_PAYLOAD_BYTES);
        if (ends.ipProtocol() == Protocols.TCP) {
            return tcp(
                    ends, fromClient, (byte) (ACK | PUSH), FIRST + position, FIRST + acknowledged, data, from, shown);
        }
        begin(ends, fromClient, UDP_BYTES + shown);
        buffer.putShort((short) (UDP_BYTES + shown)).putShort((short) 0);
        return end(data, from, shown);
    }

    private int tcp(
            FlowEnds ends,
            boolean fromClient,
            byte flags,
            int sequence,
            int acknowledgment,
            byte[] data,
            int from,
            int shown) {
        begin(ends, fromClient, TCP_BYTES + shown);
        buffer.putInt(sequence).putInt(acknowledgment);
        buffer.put((byte) (TCP_BYTES / 4 << 4)).put(flags).putShort((short) WINDOW);
        buffer.putInt(0);
        return end(data, from, shown);
    }

    /** Up to the ports. */
    private void begin(FlowEnds ends, boolean fromClient, int behindIp) {
        buffer.clear();
        buffer.putInt(6 << 28);
        buffer.putShort((short) behindIp).put((byte) ends.ipProtocol()).put((byte) HOPS);
        if (fromClient) {
            buffer.putLong(ends.clientHi()).putLong(ends.clientLo());
            buffer.putLong(ends.serverHi()).putLong(ends.serverLo());
            buffer.putShort((short) ends.clientPort()).putShort((short) ends.serverPort());
        } else {
            buffer.putLong(ends.serverHi()).putLong(ends.serverLo());
            buffer.putLong(ends.clientHi()).putLong(ends.clientLo());
            buffer.putShort((short) ends.serverPort()).putShort((short) ends.clientPort());
        }
    }

    private int end(byte[] data, int from, int shown) {
        buffer.put(data, from, shown);
        memory.write(0, bytes, 0, buffer.position());
        return buffer.position();
    }

    @Override
    public void close() {
        memory.close();
    }
}
