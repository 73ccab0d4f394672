// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import org.jopil.api.JopilException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the kernel dropped, in all network namespaces of the host: exact, cumulative since the tracer came up, by reason
 * and place. Any thread.
 */
@ProviderType
public interface DropSource {
    /**
     * Visits every place that dropped something.
     *
     * @throws JopilException if drops are not counted here; its detail says why
     */
    void read(Visitor visitor);

    /**
     * Drops that are in no count: a softirq dropped a packet while the same CPU was counting another one. Cumulative; 0
     * nearly always.
     *
     * @throws JopilException as {@link #read}
     */
    long missed();

    /** Gets one place at a time; a place comes once. */
    @FunctionalInterface
    interface Visitor {
        /**
         * A place in the kernel with all that it dropped.
         *
         * @param packets on the wire: a super-packet (GRO, GSO) counts as what it stands for
         * @param bytes from the destination MAC where it was there, else from the IP header; the headers of a super-packet
         *     once
         */
        void place(Place place, long packets, long bytes);
    }

    /**
     * Where and why.
     *
     * @param reason the kernel's name without its prefix: {@code NO_SOCKET}; {@code NOT_SPECIFIED} where it gives none
     * @param symbol function that freed the packet; empty where the kernel hides it, or more places dropped than are
     *     counted apart
     * @param offset bytes from the symbol's begin
     * @param hook netfilter hook that dropped it: {@code prerouting}, {@code input}, {@code forward}, {@code output} or
     *     {@code postrouting}; {@code xdp} for a program there; empty for other reasons, and where it is not known
     * @param interfaceName where the packet came in, else where it was to go out; {@code if7} where the name is out of
     *     reach, empty if there is none
     * @param namespace network namespace: empty for that of JOPIL, the name that {@code ip netns} shows, else
     *     {@code net:[INODE]}
     */
    record Place(String reason, String symbol, long offset, String hook, String interfaceName, String namespace) {}
}
