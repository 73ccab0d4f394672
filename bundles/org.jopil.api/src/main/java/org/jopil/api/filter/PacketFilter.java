// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A filter of pcap primitives, compiled: it reads bytes of frames, not fields of rows. Immutable; any thread. Tests
 * allocate nothing and never throw.
 */
@ProviderType
public interface PacketFilter {
    /** What a filter says of a frame. */
    enum Verdict {
        NO_MATCH,
        MATCH,
        /** It reads a byte that the frame has and that was not captured. */
        UNDECIDED
    }

    /** As it was typed. */
    String text();

    LinkType linkType();

    /** Who compiled it: name and version, as it says itself. */
    String compiler();

    /**
     * The classic BPF program (struct sock_filter of {@code linux/filter.h}), one element an instruction:
     * {@code code << 48 | jt << 40 | jf << 32 | k}. A copy.
     */
    long[] instructions();

    /**
     * Tests a frame, tags in place as on the wire.
     *
     * @param frame holds the captured bytes from {@code from} on
     * @param captured how many of the frame's bytes there are, at most {@code length}
     * @param length of the frame, bytes
     */
    Verdict test(byte[] frame, int from, int captured, int length);

    /** Whether it matches for certain: {@link Verdict#UNDECIDED} is no match here. */
    default boolean matches(byte[] frame, int from, int captured, int length) {
        return test(frame, from, captured, length) == Verdict.MATCH;
    }
}
