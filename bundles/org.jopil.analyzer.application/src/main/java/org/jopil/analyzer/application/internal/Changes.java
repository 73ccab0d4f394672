// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jopil.api.source.Applications.Change;

/** The newest changes, for readers that look now and then, each at its own pace. Any thread. */
final class Changes {
    /** Four seconds of the most that the sensor tells of one interface by default. */
    private static final int KEPT = 8192;

    private final Change[] ring = new Change[KEPT];
    private long added;

    synchronized void add(Change change) {
        ring[(int) (added % KEPT)] = change;
        added++;
    }

    /** What came after the first {@code since}, as far as it is kept; returns how many came so far. */
    long after(long since, Consumer<Change> to) {
        List<Change> found = new ArrayList<>();
        long until;
        synchronized (this) {
            until = added;
            for (long n = Math.max(since, until - KEPT); n < until; n++) {
                found.add(ring[(int) (n % KEPT)]);
            }
        }
        found.forEach(to);
        return until;
    }
}
