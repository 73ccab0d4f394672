// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.Stage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * How long followed packets took for each stage of their way, in all network namespaces of the host, in the kernel's own
 * histograms: cumulative since the tracer came up. Any thread.
 */
@ProviderType
public interface LatencySource {
    /** Buckets of a histogram. */
    int BUCKETS = 512;

    /**
     * Visits every histogram.
     *
     * @throws JopilException if nothing is followed here; its detail says why
     */
    void read(Visitor visitor);

    /**
     * One packet of so many is followed, on average, in each direction; 1 is every one.
     *
     * @throws JopilException as {@link #read}
     */
    int followOneIn();

    /** Stages that this kernel does not let us measure, with the reason, a sentence. */
    Map<Stage, String> missing();

    /**
     * Legs of journeys begun and ended, and what was lost on the way to the bus. Cumulative.
     *
     * @throws JopilException as {@link #read}
     */
    Book book();

    /** Gets one histogram at a time; a key comes once. */
    @FunctionalInterface
    interface Visitor {
        /**
         * @param buckets packets by time, {@link #BUCKETS} of them, see {@link #lowerNs}; valid during the call
         * @param maxNs the longest of all
         */
        void histogram(Key key, long count, long sumNs, long maxNs, long[] buckets);
    }

    /**
     * Whose time it was.
     *
     * @param pid who read it, in the first PID namespace; 0 for stages before, and where it is not known
     * @param command its name; empty as pid 0
     * @param port local port; 0 for none and for ephemeral ones, which are counted together
     * @param protocol IANA number; 0 for what is not IP
     */
    record Key(Stage stage, String interfaceName, String namespace, int pid, String command, int port, int protocol) {}

    /**
     * The books. {@code begun} = the sum of {@code ended} + what is still on its way.
     *
     * @param eventsLost that found the ring full
     * @param overflow times that were counted by stage alone: more keys than there is room for
     */
    record Book(long begunReceive, long begunSend, Map<JourneyEnd, Long> ended, long eventsLost, long overflow) {}

    /** Least time of a bucket, which the next one's is the end of. A bucket is at most 1/16 of it wide. */
    static long lowerNs(int bucket) {
        return bucket < 16 ? bucket : (16L + (bucket & 15)) << ((bucket >> 4) - 1);
    }
}
