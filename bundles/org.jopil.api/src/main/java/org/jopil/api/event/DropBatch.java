// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import org.jopil.api.source.DropSource;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Packets that the kernel dropped, in all network namespaces of the host, as columns: row {@code i} of every accessor is
 * one drop. In order on each CPU, not over all of them.
 *
 * <p>Valid only during the call that hands it over, on that thread; it is refilled afterwards. Read-only. Where drops come
 * faster than they are told, some are left out, see {@link #weight}; exact counts by reason and place come from
 * {@link DropSource}, never from here.
 *
 * <p>An empty batch ({@code size() == 0}) is a tick: it comes at least once a second when nothing is dropped.
 */
@ProviderType
public interface DropBatch {
    int size();

    /** Sequence of row 0 on the bus; rows are numbered without gaps over all batches. */
    long firstSequence();

    /** Rows that this subscriber missed since its last batch, because it was lapped. */
    long lostBefore();

    /** Nanoseconds since the Unix epoch: the kernel's CLOCK_MONOTONIC stamp, moved by the offset measured at start. */
    long timestampNs(int row);

    /**
     * Drops that this one stands for: itself, and those that were left out before it on its CPU, whatever their reason and
     * place.
     */
    int weight(int row);

    /** Wire packets in this one: more than 1 for a GRO or GSO super-packet. */
    int packets(int row);

    /** Bytes from the destination MAC where it was still there, else from the IP header; headers of a super-packet once. */
    int lengthBytes(int row);

    /** CPU that dropped it. */
    int cpu(int row);

    /** Where and why: the same object for every drop there, which may be kept. Never null. */
    DropSource.Place place(int row);

    /** EtherType as the kernel has it for the packet, host order; 0 if it was not known yet. */
    int etherType(int row);

    /** Upper-layer protocol, IANA number; 0 for what is not IP, or could not be read. */
    int ipProtocol(int row);

    /** Address as two halves, IPv4 as ::ffff:a.b.c.d; 0 where there is no {@link #ipProtocol}. See {@link Addresses}. */
    long srcHi(int row);

    long srcLo(int row);

    long dstHi(int row);

    long dstLo(int row);

    /** Port; 0 where there is none, or it could not be read. */
    int srcPort(int row);

    int dstPort(int row);

    /** Whether it had come in by an interface, loopback among them; else it was on its way out. */
    boolean isReceived(int row);

    /** Cookie (SO_COOKIE) of the socket that was to get it, if it {@link #isReceived}, else that sent it; 0 if it had none. */
    long socketCookie(int row);
}
