// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What the first packets of flows carry, as columns: row {@code i} of every accessor is one packet. Of each flow, seen on
 * one CPU, and direction the first four packets with payload, of DNS all; fewer where more come than
 * {@code payloads_per_second} allows. In order on each CPU, not over all of them.
 *
 * <p>Valid only during the call that hands it over, on that thread; it is refilled afterwards. Read-only. The bytes are
 * what strangers sent: trust none of them, keep none of them.
 *
 * <p>An empty batch ({@code size() == 0}) is a tick: it comes at least once a second when there is none.
 */
@ProviderType
public interface PayloadBatch {
    int size();

    /** Sequence of row 0 on the bus; rows are numbered without gaps over all batches. */
    long firstSequence();

    /** Rows that this subscriber missed since its last batch, because it was lapped. */
    long lostBefore();

    /** Nanoseconds since the Unix epoch: the kernel's CLOCK_MONOTONIC stamp, moved by the offset measured at start. */
    long timestampNs(int row);

    /** Id of the watched interface, see {@link org.jopil.api.source.Interfaces#name}. */
    int interfaceId(int row);

    Direction direction(int row);

    /** Outer VLAN id, 0 where there is no tag. */
    int vlan(int row);

    /** VLAN id of the second tag, 0 where there is none. */
    int innerVlan(int row);

    /** {@link Protocols#TCP} or {@link Protocols#UDP}. */
    int ipProtocol(int row);

    /** Address as two halves, IPv4 as ::ffff:a.b.c.d. See {@link Addresses}. */
    long srcHi(int row);

    long srcLo(int row);

    long dstHi(int row);

    long dstLo(int row);

    int srcPort(int row);

    int dstPort(int row);

    /** See {@link TcpFlags}; 0 if not TCP. */
    int tcpFlags(int row);

    /** TCP sequence number of the first payload byte; 0 if not TCP. */
    int tcpSequence(int row);

    /** Payload bytes of the packet, or super-packet. */
    int payloadBytes(int row);

    /** Those of them that can be copied, from the first on: at most 1,536. */
    int capturedLength(int row);

    /** Copies them to {@code destination} from {@code at}; returns how many. */
    int copyCaptured(int row, byte[] destination, int at);
}
