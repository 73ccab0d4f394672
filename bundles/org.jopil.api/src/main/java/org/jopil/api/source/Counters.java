// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import org.jopil.api.event.Direction;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The kernel's counters: exact, cumulative since start, never going backwards; interfaces no longer watched included.
 * Wire packets and wire bytes: destination MAC to last payload byte, tags in, FCS out; a GRO or GSO super-packet counts as
 * the frames it stands for. Any thread; costs no system call per counter.
 */
@ProviderType
public interface Counters {
    /** Visits every counter that is not 0. */
    void read(Visitor visitor);

    /** Gets what {@link #read} finds; called during the call, on its thread. */
    interface Visitor {
        /** {@code protocol} is a code of {@link org.jopil.api.event.Protocols}. Packet totals are sums over these. {@code cpu} is -1 in a replay. */
        void counter(int interfaceId, Direction direction, int cpu, int protocol, long packets, long bytes);

        /** IP packets that found no place in the flow table; they are in {@link #counter} too. */
        default void overflow(int interfaceId, Direction direction, int protocol, long packets, long bytes) {}

        /**
         * The events book of one interface and direction, in observations:
         * {@code observed = submitted + sampledOut + ringFull}.
         */
        default void events(
                int interfaceId, Direction direction, long observed, long submitted, long sampledOut, long ringFull) {}
    }
}
