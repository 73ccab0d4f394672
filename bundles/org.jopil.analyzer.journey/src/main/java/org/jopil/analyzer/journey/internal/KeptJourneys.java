// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The newest journeys of each kind, so that many of one kind push out none of the others. One thread. */
final class KeptJourneys {
    /** Of a kind. */
    static final int MOST = 2_000;

    /** Of a kind, on the heap. */
    static final int MOST_BYTES = 8 << 20;

    private static final class Shelf {
        private final ArrayDeque<Journey> journeys = new ArrayDeque<>();
        private int bytes;

        void add(Journey journey) {
            journeys.add(journey);
            bytes += journey.bytes();
            while (journeys.size() > MOST || bytes > MOST_BYTES) {
                bytes -= journeys.remove().bytes();
            }
        }
    }

    private final Map<Journey.Kind, Shelf> shelves = new EnumMap<>(Journey.Kind.class);

    void add(Journey journey) {
        shelves.computeIfAbsent(journey.kind, kind -> new Shelf()).add(journey);
    }

    /** The newest first. */
    List<Journey> list() {
        List<Journey> all = new ArrayList<>();
        shelves.values().forEach(shelf -> all.addAll(shelf.journeys));
        all.sort(Comparator.comparingLong((Journey journey) -> journey.first().timestampNs())
                .reversed());
        return all;
    }
}
