// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Packets that are followed through the kernel, in all network namespaces of the host, as columns: row {@code i} of every
 * accessor is one packet at one hook. The rows of a journey share {@link #journey} and come in the order of their time
 * as far as one CPU saw them; a reader that needs the order of the way sorts by {@link #timestampNs}.
 *
 * <p>Valid only during the call that hands it over, on that thread; it is refilled afterwards. Read-only.
 *
 * <p>An empty batch ({@code size() == 0}) is a tick: it comes at least once a second when nothing is followed.
 */
@ProviderType
public interface JourneyBatch {
    int size();

    /** Sequence of row 0 on the bus; rows are numbered without gaps over all batches. */
    long firstSequence();

    /** Rows that this subscriber missed since its last batch, because it was lapped. */
    long lostBefore();

    /** Which journey it belongs to, unique while the machine runs. */
    long journey(int row);

    /** Nanoseconds since the Unix epoch: the kernel's CLOCK_MONOTONIC stamp, moved by the offset measured at start. */
    long timestampNs(int row);

    /** Never null. */
    JourneyHook hook(int row);

    /** How the leg ended here; null while it goes on. */
    JourneyEnd end(int row);

    int cpu(int row);

    /** {@code if7} where the name is out of reach, empty if the hook knows none. */
    String interfaceName(int row);

    /** Network namespace: empty for that of JOPIL, the name that {@code ip netns} shows, else {@code net:[INODE]}. */
    String namespace(int row);

    /** Process in whose context the hook ran, in the first PID namespace; 0 where a packet only interrupted somebody. */
    int pid(int row);

    /** Its name; empty where {@link #pid} is 0. */
    String command(int row);

    /** Length of the packet from its IP header, of a read that of the datagram; 0 where the hook knows none. */
    int lengthBytes(int row);

    /** The kernel's reason, without prefix, of a {@link JourneyHook#DROP}; empty of others. */
    String dropReason(int row);

    /** Whether this is where the packet was chosen: the headers below are of such rows only. */
    boolean isFirst(int row);

    /** Whether somebody asked for packets like this one; others are followed by chance. Said of first rows. */
    boolean isTraced(int row);

    /** Upper-layer protocol, IANA number; 0 for what is not IP. */
    int ipProtocol(int row);

    /** Address as two halves, IPv4 as ::ffff:a.b.c.d; 0 if it is not {@link #isFirst}. See {@link Addresses}. */
    long srcHi(int row);

    long srcLo(int row);

    long dstHi(int row);

    long dstLo(int row);

    /** Port; 0 where there is none. */
    int srcPort(int row);

    int dstPort(int row);

    /** See {@link TcpFlags}. */
    int tcpFlags(int row);

    /** TCP sequence number: of a first row that of the packet, of a read its end. */
    int tcpSequence(int row);
}
