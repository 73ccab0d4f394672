// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.event.Stage;

/** A packet whose way is over, or was lost from sight. Immutable. */
final class Journey {
    /** Why it is kept. */
    enum Kind {
        SAMPLED,
        SLOW,
        DROPPED,
        TRACED;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int BYTES = 200;
    private static final int BYTES_OF_STEP = 128;

    final String id;
    final Kind kind;
    final Tuple tuple;
    final int tcpFlags;
    final int lengthBytes;
    final List<Step> steps;
    final List<Part> parts;
    /** Null if it was not seen. */
    final JourneyEnd end;
    /** Whether it was followed; else it was seen where it was dropped only. */
    final boolean followed;
    /** Whether its end was seen, and nothing that was lost can have been of it. */
    final boolean complete;

    final Stage slowestStage;
    final long slowestNs;

    private final int endsAt;

    Journey(OpenJourney open, Kind kind, JourneyEnd end, List<Part> parts) {
        this.id = Long.toHexString(open.id);
        this.kind = kind;
        this.tuple = open.tuple;
        this.tcpFlags = open.tcpFlags;
        this.lengthBytes = open.lengthBytes;
        this.steps = List.copyOf(open.steps());
        this.parts = List.copyOf(parts);
        this.end = end;
        this.endsAt = open.endsAt();
        this.followed = true;
        this.complete = open.isWhole() && end != null;
        int slowest = slowest();
        this.slowestStage = slowest < 0 ? null : parts.get(slowest).stage();
        this.slowestNs = slowest < 0 ? 0 : parts.get(slowest).tookNs();
    }

    /** A packet that was seen where it was dropped only. */
    Journey(String id, Tuple tuple, int lengthBytes, Step drop) {
        this.id = id;
        this.kind = Kind.DROPPED;
        this.tuple = tuple;
        this.tcpFlags = 0;
        this.lengthBytes = lengthBytes;
        this.steps = List.of(drop);
        this.parts = Part.of(steps);
        this.end = JourneyEnd.DROPPED;
        this.endsAt = 0;
        this.followed = false;
        this.complete = false;
        this.slowestStage = null;
        this.slowestNs = 0;
    }

    private int slowest() {
        int slowest = -1;
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).isMeasured()
                    && (slowest < 0
                            || parts.get(i).tookNs() > parts.get(slowest).tookNs())) {
                slowest = i;
            }
        }
        return slowest;
    }

    /** About what it takes of the heap. */
    int bytes() {
        return BYTES + BYTES_OF_STEP * steps.size();
    }

    Step first() {
        return steps.get(0);
    }

    /** Where it ended, or was seen last. */
    Step last() {
        return steps.get(endsAt);
    }

    long durationNs() {
        return last().timestampNs() - first().timestampNs();
    }

    /** Null if nobody read it, as far as was seen. */
    Step read() {
        Step read = Part.find(steps, JourneyHook.READ);
        return read != null ? read : Part.find(steps, JourneyHook.COPY);
    }

    /** Who sent it, null if that was not seen. */
    Step sent() {
        return Part.find(steps, JourneyHook.SEND);
    }

    /** Who read it, else who sent it; null where neither was seen. */
    String process() {
        Step read = read();
        Step sent = sent();
        return read != null ? read.process() : sent != null ? sent.process() : null;
    }

    /** Where it was dropped, null if it was not. */
    String dropReason() {
        return end == JourneyEnd.DROPPED ? last().dropReason() : null;
    }

    /** In the order of the way. */
    List<String> interfaces() {
        LinkedHashSet<String> names = new LinkedHashSet<>();
        for (Step step : steps) {
            if (!step.interfaceName().isEmpty()) {
                names.add(step.interfaceName());
            }
        }
        return List.copyOf(names);
    }
}
