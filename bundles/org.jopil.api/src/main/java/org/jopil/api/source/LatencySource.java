// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Map;
import java.util.function.Consumer;
import org.jopil.api.JopilException;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.Stage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * How long followed packets took for each stage of their way, in all network namespaces of the host, in the kernel's own
 * histograms: cumulative since the tracer came up. Any thread; one reader at a time has {@link Histogram#recentMaxNs}.
 */
@ProviderType
public interface LatencySource {
    /** Buckets of a histogram. */
    int BUCKETS = 512;

    /**
     * Visits every histogram once. One that its keys' room was needed for comes a last time, and not again.
     *
     * @throws JopilException if nothing is followed here; its detail says why
     */
    void read(Consumer<Histogram> visitor);

    /**
     * One packet of so many is followed, on average, in each direction; 1 is every one.
     *
     * @throws JopilException as {@link #read}
     */
    int followOneIn();

    /** Stages that this kernel does not let us measure, all or in part, with the reason, a sentence. */
    Map<Stage, String> missing();

    /**
     * Legs of journeys begun and ended, and what was lost on the way to the bus. Cumulative.
     *
     * @throws JopilException as {@link #read}
     */
    Book book();

    /**
     * One histogram.
     *
     * @param id never given to another one; two may have the same key: an interface that went and came back
     * @param maxNs the longest of all
     * @param recentMaxNs the longest since the read before this one; 0 if there was none
     * @param buckets packets by time, {@link #BUCKETS} of them, see {@link #lowerNs}; they run over at 2^32, so that their
     *     differences modulo 2^32 are exact. Valid during the call
     */
    record Histogram(int id, Key key, long count, long sumNs, long maxNs, long recentMaxNs, int[] buckets) {}

    /**
     * Whose time it was.
     *
     * @param interfaceName empty, as all the others but the stage, of what was counted by stage alone
     * @param pid who read it, in the first PID namespace; 0 for stages before, and where it is not known
     * @param command its name; empty as pid 0, and where it is not known
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
