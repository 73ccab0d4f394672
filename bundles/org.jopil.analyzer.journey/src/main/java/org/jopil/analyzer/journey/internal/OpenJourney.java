// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jopil.api.event.JourneyBatch;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;

/** A packet that may still be on its way. */
final class OpenJourney {
    /** A leg that ended may be followed by another one on another device, told by another CPU. */
    static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** Between two hooks of the stack, or of devices that are not queues. */
    static final long BETWEEN_HOOKS_NS = TimeUnit.SECONDS.toNanos(2);

    /** In the queue of a device, or of a socket. */
    static final long IN_QUEUE_NS = TimeUnit.SECONDS.toNanos(60);

    /** A packet that goes round in a circle has more. */
    static final int MOST_STEPS = 128;

    final long id;
    final Tuple tuple;
    final int tcpFlags;
    final int tcpSequence;
    final int lengthBytes;
    final boolean traced;

    private final List<Step> steps = new ArrayList<>(12);
    private boolean sorted = true;
    private boolean mayMiss;
    private long lastHeardNs;
    private JourneyEnd end;
    private int endsAt;

    /**
     * Begins.
     *
     * @param row of the batch, where it was chosen
     * @param nowNs {@link System#nanoTime}
     */
    OpenJourney(JourneyBatch batch, int row, long nowNs) {
        id = batch.journey(row);
        tuple = Tuple.of(batch, row);
        tcpFlags = batch.tcpFlags(row);
        tcpSequence = batch.tcpSequence(row);
        lengthBytes = batch.lengthBytes(row);
        traced = batch.isTraced(row);
        add(Step.of(batch, row), nowNs);
    }

    void add(Step step, long nowNs) {
        lastHeardNs = nowNs;
        if (steps.size() == MOST_STEPS) {
            mayMiss = true;
            return;
        }
        sorted &= steps.isEmpty() || steps.get(steps.size() - 1).timestampNs() <= step.timestampNs();
        steps.add(step);
        end = null;
        endsAt = -1;
    }

    /** Something was lost that may have been of this packet. */
    void mayMiss() {
        mayMiss = true;
    }

    boolean isWhole() {
        return !mayMiss;
    }

    /** In the order of the way. */
    List<Step> steps() {
        if (!sorted) {
            steps.sort(Comparator.comparingLong(Step::timestampNs));
            sorted = true;
        }
        return steps;
    }

    /** How it ended; null if that was not seen (yet). */
    JourneyEnd end() {
        find();
        return end;
    }

    /** Index of the step at which it ended, of the last one on its way while that was not seen. */
    int endsAt() {
        find();
        return endsAt;
    }

    private void find() {
        if (endsAt >= 0) {
            return;
        }
        List<Step> way = steps();
        endsAt = 0;
        for (int i = 0; i < way.size(); i++) {
            Step step = way.get(i);
            if (isBeside(step, way.get(endsAt))) {
                continue;
            }
            end = step.end();
            endsAt = i;
        }
    }

    /**
     * Whether a step says nothing of where the packet is: who sent it is told when it is on its way; a virtual device
     * returns when the other side has the packet; what was sent is freed.
     */
    private static boolean isBeside(Step step, Step last) {
        return switch (step.hook()) {
            case SEND -> true;
            case XMIT -> !last.is(JourneyHook.START_XMIT)
                    || !last.interfaceName().equals(step.interfaceName());
            case FREE -> last.is(JourneyHook.XMIT) || last.is(JourneyHook.READ);
            default -> false;
        };
    }

    /** Whether nothing more of it is expected. */
    boolean isOver(long nowNs) {
        long quietNs = nowNs - lastHeardNs;
        if (quietNs < LINGER_NS) {
            return false;
        }
        return end() != null || quietNs >= patienceNs(steps().get(endsAt()).hook());
    }

    private static long patienceNs(JourneyHook last) {
        return switch (last) {
            case QUEUE, TCP, DATA_READY, COPY -> IN_QUEUE_NS;
            default -> BETWEEN_HOOKS_NS;
        };
    }
}
