// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** What flows speak, read from the first bytes that they carry, never guessed from ports. Any thread. */
@ProviderType
public interface Applications {
    /**
     * Empty while it is not known: nothing was carried yet, what was carried was not recognised, or began before JOPIL
     * looked.
     *
     * @param flow its two ends may stand in either order
     */
    Optional<Application> of(Flow flow);

    /**
     * What became known, or known better, since somebody looked last. Who looks too seldom misses the oldest.
     *
     * @param since what the look before returned, 0 for the first
     * @param to gets the changes in their order, on this thread
     * @return for the next look
     */
    long changes(long since, Consumer<Change> to);

    /**
     * Of one flow.
     *
     * @param flow with the lower end as the source
     */
    record Change(Flow flow, Application application) {}

    /**
     * Which flow is meant.
     *
     * @param interfaceId see {@link Interfaces#name}
     * @param ipProtocol IANA number
     * @param srcHi see {@link org.jopil.api.event.Addresses}
     */
    record Flow(
            int interfaceId,
            int vlan,
            int innerVlan,
            int ipProtocol,
            long srcHi,
            long srcLo,
            int srcPort,
            long dstHi,
            long dstLo,
            int dstPort) {
        /** The same, with the lower end as the source. */
        public Flow ordered() {
            int order = Long.compareUnsigned(srcHi, dstHi);
            order = order != 0 ? order : Long.compareUnsigned(srcLo, dstLo);
            order = order != 0 ? order : Integer.compare(srcPort, dstPort);
            return order <= 0 ? this : reversed();
        }

        /** The same, source and destination in each other's place. */
        public Flow reversed() {
            return new Flow(interfaceId, vlan, innerVlan, ipProtocol, dstHi, dstLo, dstPort, srcHi, srcLo, srcPort);
        }
    }

    /**
     * What it speaks.
     *
     * @param name in Wireshark's spelling: tls, dns, http, ssh, quic, …
     * @param namedBy who says so
     * @param serverName what the client asked for: SNI or HTTP Host; null if there was none. What a
     *     stranger wrote: bytes that are no printable ASCII stand as \DDD
     * @param unusualPort registered, but not for this port
     * @param responseNs from a question, or a request, to the first byte of its answer; -1 if not measured
     * @param details what else was read, by Wireshark's field names; the values are strings, numbers, truths and lists of
     *     strings
     */
    record Application(
            String name,
            NamedBy namedBy,
            String serverName,
            boolean unusualPort,
            long responseNs,
            Map<String, Object> details) {}

    /** Who says what a flow speaks; its {@code toString} is what is shown. */
    enum NamedBy {
        /** A reader of ours, which understood what it read. */
        JOPIL,
        /** A rule: magic numbers and keywords. */
        RULE,
        /** libndpi, of what neither knows. */
        NDPI;

        private final String text = name().toLowerCase(Locale.ROOT);

        @Override
        public String toString() {
            return text;
        }
    }
}
