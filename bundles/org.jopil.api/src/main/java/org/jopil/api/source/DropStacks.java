// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The way through the kernel to where packets are dropped, in all network namespaces. Stacks are taken only for the time
 * that somebody asks for; outside of it nothing of this is in the kernel. Any thread.
 */
@ProviderType
public interface DropStacks {
    /** Longest time for which stacks are taken at a stretch. */
    Duration LONGEST = Duration.ofMinutes(1);

    /**
     * Takes stacks for so long, a bounded number a second. It ends by itself, also with the process. A period that goes on
     * already is the answer, with its own end.
     *
     * @param length from now, at most {@link #LONGEST}
     * @throws JopilException if the kernel or the rights do not allow it
     */
    Period take(Duration length);

    /** The period that goes on, else the last one; empty if nobody asked since the start. */
    Optional<Period> latest();

    /**
     * What was taken so far, in wire packets: {@code observed == taken + leftOut + noRoom}.
     *
     * @param begin when it began
     * @param end when it ended, or will end
     * @param running whether it goes on
     * @param observed dropped meanwhile
     * @param taken of these, in {@code stacks}, or in stacks that are too seldom to be among them
     * @param leftOut of these, beyond what is taken of one CPU at a time
     * @param noRoom of these, with a stack for which there was no room beside the others
     * @param stacks the most frequent first, at most 64
     */
    record Period(
            Instant begin,
            Instant end,
            boolean running,
            long observed,
            long taken,
            long leftOut,
            long noRoom,
            List<Stack> stacks) {
        public Period {
            stacks = List.copyOf(stacks);
        }
    }

    /**
     * One way to one place.
     *
     * @param reason as in {@link DropSource.Place}
     * @param symbol as there
     * @param offset as there
     * @param frames the innermost function first, as {@code nft_do_chain+0x3ef}; {@code ?} where the kernel hides the name
     * @param packets wire packets
     */
    record Stack(String reason, String symbol, long offset, List<String> frames, long packets) {
        public Stack {
            frames = List.copyOf(frames);
        }
    }
}
