// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.Locale;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.event.Stage;

/** What a journey comes to, in one sentence that says nothing that was not seen. */
final class Sentence {
    private Sentence() {}

    static String of(Journey journey) {
        if (!journey.followed) {
            return "Dropped as " + journey.dropReason() + "; it was not followed before.";
        }
        if (journey.end == null) {
            return "Lost from sight after " + journey.last().hook().place() + at(journey.last()) + ", "
                    + duration(journey.durationNs()) + " after it was first seen.";
        }
        return switch (journey.end) {
            case READ -> read(journey);
            case SENT -> sent(journey);
            case DROPPED -> "Dropped as " + journey.dropReason() + at(journey.last()) + ", "
                    + duration(journey.durationNs()) + " after it was first seen.";
            case NO_DATA -> "TCP took it in " + duration(journey.durationNs())
                    + "; there was nothing in it to be read, as in an acknowledgement.";
            case FREED -> freed(journey);
            default -> "After " + duration(journey.durationNs()) + ": " + journey.end.sentence() + ".";
        };
    }

    private static String read(Journey journey) {
        Step read = journey.read();
        Step ready = Part.find(journey.steps, JourneyHook.DATA_READY);
        if (ready == null || ready.timestampNs() > read.timestampNs()) {
            return who(read) + " read it " + duration(journey.durationNs()) + " after it was first seen.";
        }
        return "The kernel delivered in "
                + duration(ready.timestampNs() - journey.first().timestampNs())
                + queued(journey) + "; the packet then waited " + duration(read.timestampNs() - ready.timestampNs())
                + " for " + who(read) + " to read.";
    }

    /** What a socket had in its queue is consumed by who reads it. */
    private static String freed(Journey journey) {
        Step ready = Part.find(journey.steps, JourneyHook.DATA_READY);
        return ready == null
                ? "After " + duration(journey.durationNs()) + ": " + journey.end.sentence() + "."
                : "The kernel delivered in "
                        + duration(ready.timestampNs() - journey.first().timestampNs())
                        + "; it was taken from the socket's queue, by which read could not be told.";
    }

    private static String sent(Journey journey) {
        return "The driver had it" + at(journey.last()) + " " + duration(journey.durationNs())
                + " after the device's queue" + queued(journey) + ".";
    }

    /** Said where most of the way was spent in the queue of a device. */
    private static String queued(Journey journey) {
        for (int i = 0; i < journey.parts.size(); i++) {
            Part part = journey.parts.get(i);
            boolean most = part.stage() == Stage.QDISC
                    && part.isMeasured()
                    && part.tookNs() * 2 > deliveredNs(journey)
                    && part.tookNs() > 1_000_000;
            if (most) {
                return ", " + duration(part.tookNs()) + " of it in the queue of "
                        + journey.steps.get(i).interfaceName();
            }
        }
        return "";
    }

    private static long deliveredNs(Journey journey) {
        Step ready = Part.find(journey.steps, JourneyHook.DATA_READY);
        return journey.end == JourneyEnd.READ && ready != null
                ? ready.timestampNs() - journey.first().timestampNs()
                : journey.durationNs();
    }

    private static String at(Step step) {
        return step.interfaceName().isEmpty() ? "" : " at " + step.interfaceName();
    }

    private static String who(Step step) {
        return step.process() == null ? "the application" : step.process();
    }

    /** {@code 4.1 µs}, {@code 48 ms}: two significant digits at least. */
    static String duration(long ns) {
        if (ns < 1_000) {
            return ns + " ns";
        }
        double value = ns / 1e3;
        String unit = "µs";
        if (value >= 999.5) {
            value /= 1e3;
            unit = "ms";
        }
        if (value >= 999.5) {
            value /= 1e3;
            unit = "s";
        }
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value) + " " + unit;
    }
}
