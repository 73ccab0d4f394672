// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.time.Instant;
import java.util.Optional;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Replays;
import org.jopil.api.source.Sampling;
import org.jopil.api.source.TcpSource;

/**
 * The instance at one moment. Immutable. What could not be measured at that moment is empty.
 *
 * @param sequence one higher with every snapshot, 1 is the first
 * @param timestamp when the counters were read
 * @param uptimeSeconds of this process
 * @param traffic empty while no sensor runs
 * @param rates since the snapshot before
 * @param flowCount flows that live now; the ended ones that {@code /api/flows} still lists are not among them
 * @param drops packets that the kernel dropped since the tracer came up, all network namespaces; empty where they are not
 *     counted
 * @param dropsPerSecond since the snapshot before
 * @param tcp what TCP connections did together, all network namespaces; empty where they are not followed
 * @param retransmitsPerSecond segments sent again, since the snapshot before
 * @param ledger both books
 * @param usage what it costs
 * @param sampling how much detail is told; empty while no sensor runs
 * @param replay the file that is shown in place of the wire; empty while the wire is
 */
public record Snapshot(
        long sequence,
        Instant timestamp,
        long uptimeSeconds,
        Optional<Traffic> traffic,
        Optional<Rates> rates,
        Optional<Long> flowCount,
        Optional<Long> drops,
        Optional<Double> dropsPerSecond,
        Optional<TcpSource.Sums> tcp,
        Optional<Double> retransmitsPerSecond,
        Optional<Ledger.Snapshot> ledger,
        Usage usage,
        Optional<Sampling.State> sampling,
        Optional<Replays.Status> replay) {}
