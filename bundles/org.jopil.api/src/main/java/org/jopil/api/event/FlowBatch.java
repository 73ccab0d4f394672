// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Flow changes as columns. Totals are cumulative per record and exact: who is lapped loses steps, never bytes of a flow
 * that it sees closed. Records follow IPFIX (RFC 7011): the active time-out closes a record and opens the next, so
 * closed records add up.
 *
 * <p>Source is who opened the connection; "forward" is source to destination. Valid only during the call. An empty
 * batch is a tick, at least once a second.
 */
@ProviderType
public interface FlowBatch {
    /** What happened to a record. */
    enum Change {
        OPENED,
        UPDATED,
        CLOSED
    }

    /** Why a record was closed (IPFIX flowEndReason, RFC 5102). */
    enum EndReason {
        NONE,
        FIN,
        RST,
        IDLE,
        ACTIVE;

        /** The name in JSON; null while the record is open. */
        public String text() {
            return switch (this) {
                case NONE -> null;
                case FIN -> "fin";
                case RST -> "rst";
                case IDLE -> "idle";
                case ACTIVE -> "active";
            };
        }
    }

    int size();

    long firstSequence();

    /** Rows missed since the last batch. */
    long lostBefore();

    /** Closed records among them. */
    long closedLostBefore();

    /** Unique over the life of this instance; a new record of the same flow has a new one. */
    long id(int row);

    Change change(int row);

    default boolean isClosed(int row) {
        return change(row) == Change.CLOSED;
    }

    EndReason endReason(int row);

    int interfaceId(int row);

    int vlan(int row);

    /** IANA number. */
    int ipProtocol(int row);

    long srcHi(int row);

    long srcLo(int row);

    long dstHi(int row);

    long dstLo(int row);

    /** Port, or ICMP type; 0 where there is none. */
    int srcPort(int row);

    /** Port, or for ICMP the type that answers it, or the code where there is no such type; 0 where there is none. */
    int dstPort(int row);

    /** Wire packets from source to destination. */
    long packetsFwd(int row);

    long packetsRev(int row);

    /** Wire bytes from source to destination. */
    long bytesFwd(int row);

    long bytesRev(int row);

    /** First packet, nanoseconds since the epoch; the kernel's grain is one jiffy (1 to 10 ms). */
    long firstSeenNs(int row);

    long lastSeenNs(int row);

    /** All TCP flags seen from source to destination, or-ed. */
    int tcpFlagsFwd(int row);

    int tcpFlagsRev(int row);
}
