// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.time.Instant;
import java.util.Optional;

/** What of a snapshot is kept for charts. */
public record Point(
        long sequence,
        Instant timestamp,
        Optional<Rates> rates,
        Optional<Long> flowCount,
        Optional<Double> dropsPerSecond,
        Optional<Double> retransmitsPerSecond) {
    public static Point of(Snapshot snapshot) {
        return new Point(
                snapshot.sequence(),
                snapshot.timestamp(),
                snapshot.rates(),
                snapshot.flowCount(),
                snapshot.dropsPerSecond(),
                snapshot.retransmitsPerSecond());
    }
}
