// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Packet samples, oldest first, as columns: row {@code i} of every accessor is one observation of the sensor.
 *
 * <p>Valid only during the call that hands it over, on that thread; it is refilled afterwards. Read-only. The sum of
 * {@link #weight} estimates the observations where the kernel sampled; exact counts come from
 * {@link org.jopil.api.source.Counters}, never from here.
 *
 * <p>An empty batch ({@code size() == 0}) is a tick: it comes at least once a second when there is no traffic.
 */
@ProviderType
public interface PacketBatch {
    int size();

    /** Sequence of row 0 on the bus; rows are numbered without gaps over all batches. */
    long firstSequence();

    /** Rows that this subscriber missed since its last batch, because it was lapped. */
    long lostBefore();

    /** Nanoseconds since the Unix epoch: the kernel's CLOCK_MONOTONIC stamp, moved by the offset measured at start. */
    long timestampNs(int row);

    /** Observations that this one stands for; 1 when the kernel did not sample. */
    int weight(int row);

    /** Wire packets in this observation: more than 1 for a GRO or GSO super-packet. */
    int packets(int row);

    /** Wire bytes of all of them, destination MAC to last payload byte, tags in, FCS out. */
    int wireBytes(int row);

    /** Bytes of this frame or super-packet as the hook saw it. */
    int lengthBytes(int row);

    /** Id of the watched interface, see {@link org.jopil.api.source.Interfaces#name}. */
    int interfaceId(int row);

    Direction direction(int row);

    /** {@code xdp} or {@code tc}; {@code replay} for a packet of a file. */
    String hook(int row);

    /** -1 where it is not known: in a replay. */
    int cpu(int row);

    /** -1 where it is not known. */
    int rxQueue(int row);

    /** EtherType after all VLAN tags, host order. */
    int etherType(int row);

    /** Outer VLAN id, 0 where there is no tag. */
    int vlan(int row);

    /** Upper-layer protocol, IANA number; -1 for what is not IP. */
    int ipProtocol(int row);

    /** Address as two halves, IPv4 as ::ffff:a.b.c.d; 0 for what is not IP. See {@link Addresses}. */
    long srcHi(int row);

    long srcLo(int row);

    long dstHi(int row);

    long dstLo(int row);

    /** Port; ICMP type; 0 where there is none (later fragments among them, see {@link #hasPorts}). */
    int srcPort(int row);

    /** Port; ICMP code; 0 where there is none. */
    int dstPort(int row);

    boolean hasPorts(int row);

    /** Fragment of an IP packet, the first one included. */
    boolean isFragment(int row);

    /** Says that it is IP, and is not: truncated, bad version or length. */
    boolean isMalformed(int row);

    /** TCP flags as in the header's byte 13 (CWR ECE URG ACK PSH RST SYN FIN), 0 if not TCP. */
    int tcpFlags(int row);

    /** Accelerated VLAN tag that came beside the frame: TPID in the upper 16 bits, TCI in the lower; 0 = none. */
    int acceleratedVlan(int row);

    /** Whether the captured bytes start at the IP header (tun, WireGuard). */
    boolean isLayer3(int row);

    /**
     * Whether the addresses are pseudonyms ({@link org.jopil.api.source.Privacy}). Then the captured bytes end before
     * everything in which an address may be hidden, and checksums in them are 0, of which nothing follows.
     */
    default boolean isMasked(int row) {
        return false;
    }

    /** Header bytes that can be copied. */
    int capturedLength(int row);

    /** Copies the captured header bytes to {@code destination} from {@code at}; returns how many. */
    int copyCaptured(int row, byte[] destination, int at);
}
