// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats.internal;

import java.util.Optional;
import java.util.function.LongSupplier;

/** How fast a count grows. One thread. */
final class Speed {
    private final LongSupplier nanoTime;
    private Optional<Long> before = Optional.empty();
    private long beforeNs;

    Speed(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A second since the last call; empty without two counts in a row, and if they began anew in between. */
    Optional<Double> of(Optional<Long> count) {
        long nowNs = nanoTime.getAsLong();
        double seconds = (nowNs - beforeNs) / 1e9;
        Optional<Double> rate = count.isPresent() && before.isPresent() && count.get() >= before.get()
                ? Optional.of((count.get() - before.get()) / seconds)
                : Optional.empty();
        before = count;
        beforeNs = nowNs;
        return rate;
    }
}
