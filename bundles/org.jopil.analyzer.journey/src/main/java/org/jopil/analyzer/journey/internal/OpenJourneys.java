// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jopil.api.event.JourneyBatch;

/** Packets that may still be on their way, by their number; the oldest first. One thread. */
final class OpenJourneys {
    /** About 30 MB when each has its dozen steps. */
    static final int MOST = 16_384;

    private final Map<Long, OpenJourney> open = new LinkedHashMap<>();
    private final Consumer<OpenJourney> ended;

    /** @param ended gets each journey when it is over */
    OpenJourneys(Consumer<OpenJourney> ended) {
        this.ended = ended;
    }

    void add(JourneyBatch batch, long nowNs) {
        if (batch.lostBefore() > 0) {
            mayMiss();
        }
        for (int row = 0; row < batch.size(); row++) {
            if (batch.isFirst(row)) {
                begin(batch, row, nowNs);
                continue;
            }
            // without its beginning it is nobody's: that was lost, and is counted as such
            OpenJourney journey = open.get(batch.journey(row));
            if (journey != null) {
                journey.add(Step.of(batch, row), nowNs);
            }
        }
    }

    private void begin(JourneyBatch batch, int row, long nowNs) {
        OpenJourney before = open.remove(batch.journey(row));
        if (before != null) {
            before.mayMiss();
            ended.accept(before);
        }
        if (open.size() == MOST) {
            Iterator<OpenJourney> eldest = open.values().iterator();
            OpenJourney displaced = eldest.next();
            eldest.remove();
            displaced.mayMiss();
            ended.accept(displaced);
        }
        open.put(batch.journey(row), new OpenJourney(batch, row, nowNs));
    }

    /** Rows were lost: any of them may be short of a step. */
    void mayMiss() {
        open.values().forEach(OpenJourney::mayMiss);
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /** Ends what is over. */
    void end(long nowNs) {
        for (Iterator<OpenJourney> all = open.values().iterator(); all.hasNext(); ) {
            OpenJourney journey = all.next();
            if (journey.isOver(nowNs)) {
                all.remove();
                ended.accept(journey);
            }
        }
    }
}
