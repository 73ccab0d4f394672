// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Optional;
import java.util.function.Consumer;
import org.jopil.api.JopilException;
import org.osgi.annotation.versioning.ProviderType;

/** TCP connections of the host, all network namespaces, as the kernel sees them. Any thread. */
@ProviderType
public interface TcpSource {
    /**
     * Visits every socket that is open (listeners included), each as it is at that moment, and then the newest that were
     * closed, as they were at their end.
     *
     * @throws JopilException if TCP is not followed here; its detail says why
     */
    void read(Consumer<Connection> visitor);

    /**
     * The sockets that were closed since somebody looked last, the oldest first, each as it was at its end. Who looks too
     * seldom misses the oldest.
     *
     * @param since what the look before returned, 0 for the first
     * @param visitor gets them on this thread
     * @return for the next look
     * @throws JopilException as {@link #read}
     */
    long closed(long since, Consumer<Connection> visitor);

    /** Connections that were closed, and of which nothing was kept: the ring was full. Cumulative. */
    long lost();

    /** What all connections did together, closed ones too; empty if that is not counted here. */
    default Optional<Sums> sums() {
        return Optional.empty();
    }

    /**
     * All network namespaces, cumulative since the tracer came up; exact.
     *
     * @param opened connections that were established from here
     * @param accepted connections that were established from elsewhere
     * @param openedUs their handshakes together, as {@link Connection#handshakeUs}
     * @param acceptedUs likewise
     * @param unmeasured of both, those whose handshake was not measured
     * @param openFailures connections from here that were never established
     * @param acceptFailures connections to here that were never established
     * @param retransmits segments sent again; none is {@code earlier}
     * @param resetsSent also those that belong to no connection
     */
    record Sums(
            long opened,
            long accepted,
            long openedUs,
            long acceptedUs,
            long unmeasured,
            long openFailures,
            long acceptFailures,
            Retransmits retransmits,
            long resetsSent,
            long resetsReceived,
            long zeroWindowsSent,
            long zeroWindowsReceived) {}

    /**
     * A socket. Counts are the kernel's own (as in TCP_INFO) where it has them.
     *
     * @param socketCookie for {@link Owners}
     * @param namespace network namespace: empty for that of JOPIL, the name that {@code ip netns} shows, else
     *     {@code net:[INODE]}
     * @param localIp numeric
     * @param remoteIp numeric; of a listener the unspecified one
     * @param state as {@code ss} calls it: {@code established}, {@code listen}, {@code syn-sent}, …, {@code closed}
     * @param openedByUs whether it was connected from here; null if it is not known
     * @param handshakeUs connected from here: SYN to established; accepted: first SYN-ACK to its acknowledgement; -1 if it
     *     was not measured
     * @param atNs when all of this was so, nanoseconds since the epoch
     */
    record Connection(
            long socketCookie,
            String namespace,
            String localIp,
            int localPort,
            String remoteIp,
            int remotePort,
            String state,
            Boolean openedByUs,
            long handshakeUs,
            long atNs,
            Path path,
            Retransmits retransmits,
            Troubles troubles,
            Traffic traffic) {}

    /**
     * The way to the other side.
     *
     * @param srttUs smoothed round-trip time, 0 if there is none yet
     * @param minRttUs -1 if there is none yet
     * @param cwnd congestion window, segments
     * @param ssthresh segments; 2,147,483,647 until there was a loss
     * @param congestion {@code open}, {@code disorder}, {@code cwr}, {@code recovery} or {@code loss}
     * @param mss bytes
     */
    record Path(long srttUs, long rttvarUs, long minRttUs, long cwnd, long ssthresh, String congestion, long mss) {}

    /**
     * Segments sent again.
     *
     * @param total all, the kernel's count
     * @param timeout the timer ran out
     * @param fast acknowledgements told of the loss
     * @param probe tail loss probes, and others
     * @param earlier of the total: before JOPIL saw the socket, of unknown kind
     */
    record Retransmits(long total, long timeout, long fast, long probe, long syn, long synAck, long earlier) {}

    /**
     * What else went wrong.
     *
     * @param outOfOrder segments that came ahead of a missing one
     * @param duplicates of ours that the other side told of (DSACK)
     * @param zeroWindowsSent times we closed our receive window: our application does not read
     * @param zeroWindowsReceived times the other side did
     * @param drops packets that the socket itself refused, of which no drop event tells; of a listener mostly attempts to
     *     connect, repeated ones too, that found its queues full; -1 if this kernel does not tell
     */
    record Troubles(
            long outOfOrder,
            long duplicates,
            long zeroWindowsSent,
            long zeroWindowsReceived,
            long resetsSent,
            long resetsReceived,
            long drops) {}

    /**
     * What it carried.
     *
     * @param sendQueueBytes written, not acknowledged; of a listener 0
     * @param receiveQueueBytes received in order, not read; of a listener connections that wait to be accepted
     * @param acceptLimit of a listener: its queue is full, and refuses, once more than these wait to be accepted; else -1
     */
    record Traffic(
            long bytesAcked,
            long bytesReceived,
            long segmentsOut,
            long segmentsIn,
            long sendQueueBytes,
            long receiveQueueBytes,
            long acceptLimit) {}
}
