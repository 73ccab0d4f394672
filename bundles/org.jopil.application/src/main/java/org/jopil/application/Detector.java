// SPDX-License-Identifier: Apache-2.0
package org.jopil.application;

import java.util.Map;

/**
 * Recognises the application of one flow. Used by one thread, the one of its {@link Detectors}. It never throws on
 * what was on the wire, does a bounded amount of work per packet, and keeps nothing of a packet that reveals nothing.
 */
public interface Detector {
    /**
     * One payload packet, in the order of capture; a missing or repeated one does no harm.
     *
     * @param fromClient whether the flow's client sent it
     * @param timestampNs of the packet, any clock that goes on
     * @param tcpSequence of the first payload byte, 0 for UDP
     * @param data holds the copy; read during the call only
     * @param from index of the first payload byte in {@code data}
     * @param captured payload bytes in {@code data}
     * @param payloadBytes payload bytes on the wire, at least {@code captured}
     * @return whether the answers below are others than before
     */
    boolean feed(
            boolean fromClient,
            long timestampNs,
            int tcpSequence,
            byte[] data,
            int from,
            int captured,
            int payloadBytes);

    /** Null while not known. It may become more exact: http2 that carries gRPC becomes grpc. */
    Application application();

    /** Whether a rule named it, and not a reader. */
    boolean isByRule();

    /** Whether no further packet can change the answers. Never for DNS, where every packet tells. */
    boolean isFinal();

    /**
     * The name the client asked for: TLS server name indication, HTTP Host or :authority without the port. Bytes that
     * are no printable ASCII are written {@code \DDD} (RFC 4343), the end of what is beyond 255 bytes is "…". Null if
     * none was seen.
     */
    String serverName();

    /**
     * What was read, in the order of reading, by Wireshark's field names, or {@code jopil.…} where Wireshark has no field;
     * {@code .client} or {@code .server} is added where both sides have one. Values are {@link Long} where Wireshark
     * shows decimals, {@link Double} for seconds, {@link Boolean}, {@link String}, or a list of strings. Of DNS, NTP and
     * DHCP it is the newest message. A field that was not captured is not there. Read-only, valid until the next
     * {@link #feed}.
     */
    Map<String, Object> details();

    /** Nanoseconds from the newest DNS question, or the HTTP request, to its answer; -1 if not measured. */
    long responseNs();

    /** Whether the application is registered, but not for the server's port; false if either is not known. */
    boolean unusualPort();
}
