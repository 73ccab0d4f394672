// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.time.Duration;
import java.time.Instant;
import org.jopil.api.JopilException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Follows packets that somebody asks for, beside those that are followed by chance, in all network namespaces of the host.
 * What is seen comes as {@link org.jopil.api.event.JourneyBatch#isTraced}. Any thread.
 */
@ProviderType
public interface PacketTraces {
    /** No trace lasts longer. */
    Duration LONGEST = Duration.ofMinutes(10);

    /**
     * Begins to follow what fits. It ends by itself, also when JOPIL is killed.
     *
     * @param duration up to {@link #LONGEST}
     * @throws JopilException {@code JOPIL-117} while another one is on; as {@link LatencySource#followOneIn} if nothing can
     *     be followed here
     */
    Trace begin(Condition condition, Duration duration);

    /** One that is on, or was. */
    interface Trace extends AutoCloseable {
        Instant until();

        /** Times that a packet fitted and was not followed at a hook, because too many did at once. */
        long leftOut();

        /** Ends it; idempotent. */
        @Override
        void close();
    }

    /**
     * What a packet must have: all of it. An address or port may be of either side, of two each takes one side.
     *
     * @param protocol IANA number, 0 = any
     * @param addressA numeric, IPv4 or IPv6; empty = any
     * @param portA 0 = any
     */
    record Condition(int protocol, String addressA, String addressB, int portA, int portB) {}
}
