// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FlowTerm;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Which nftables rules decide about a flow. Alone of all that JOPIL does for watching this changes the machine, for the time
 * of a call: a table of its own marks packets of the flow ({@code nftrace}), at most {@link #PACKETS_PER_SECOND}. The kernel
 * takes the table away with the process that holds it. Any thread.
 */
@ProviderType
public interface RuleTrace {
    /** Longest time for which a flow is traced. */
    Duration LONGEST = Duration.ofMinutes(1);

    /** In each direction, received and sent; further ones are counted, not traced. */
    int PACKETS_PER_SECOND = 100;

    /** Table's name of this process. */
    String table();

    /**
     * Looks whether {@link #trace} could be done, and changes nothing.
     *
     * @throws JopilException if the flow is not narrow, nft is not there, the rights are too few, or another trace goes on
     */
    void check(Request request);

    /**
     * Traces, and comes back when the time is over, enough was seen, or the thread is interrupted; the table is gone then.
     *
     * @throws JopilException as {@link #check}
     */
    Result trace(Request request);

    /**
     * What is traced.
     *
     * @param namespace network namespace, empty for that of JOPIL
     * @param flow equalities that must all hold: at least an address, a port, or a protocol other than TCP and UDP
     * @param longest at most {@link RuleTrace#LONGEST}
     * @param packets ends after so many; 0: with the first one that is dropped
     */
    record Request(String namespace, List<FlowTerm> flow, Duration longest, int packets) {
        public Request {
            flow = List.copyOf(flow);
        }
    }

    /**
     * What was seen.
     *
     * @param received packets of the flow that came in; on the loopback a packet is sent and received
     * @param sent packets of the flow that went out
     * @param traced of these, that were traced
     * @param isPartial whether trace messages were lost: counts of decisions are then too small
     * @param decisions in the order in which they were seen first
     */
    record Result(long received, long sent, long traced, boolean isPartial, List<Decision> decisions) {
        public Result {
            decisions = List.copyOf(decisions);
        }

        /** The first decision that drops. */
        public Optional<Decision> drop() {
            return decisions.stream().filter(Decision::drops).findFirst();
        }
    }

    /**
     * A rule that matched, or the policy of a chain that was gone through.
     *
     * @param family {@code ip}, {@code ip6}, {@code inet}, {@code bridge}, {@code netdev}
     * @param hook that the packet was at; empty where it is not known
     * @param handle of the rule, for {@code nft delete rule}; 0 for a policy
     * @param rule as {@code nft list} writes it; {@code policy} for the policy
     * @param verdict {@code accept}, {@code drop}, {@code jump CHAIN}, {@code continue}, …
     * @param packet the first one: protocol and both ends
     * @param packets traced ones
     */
    record Decision(
            String family,
            String table,
            String chain,
            String hook,
            long handle,
            String rule,
            String verdict,
            String packet,
            long packets) {
        public boolean drops() {
            return verdict.equals("drop");
        }
    }
}
