// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Which packet answers which: it goes the way back, and the process that sent it had read the other one at most a second
 * before.
 */
final class Replies {
    private static final long WITHIN_NS = TimeUnit.SECONDS.toNanos(1);

    private Replies() {}

    /**
     * Ids of what was answered, by the answer.
     *
     * @param journeys the newest first
     */
    static Map<Journey, String> find(List<Journey> journeys) {
        Map<Tuple, Journey> read = new HashMap<>();
        Map<Journey, String> replies = new HashMap<>();
        for (int i = journeys.size() - 1; i >= 0; i--) {
            Journey journey = journeys.get(i);
            String answered = answered(journey, read.get(journey.tuple.reversed()));
            if (answered != null) {
                replies.put(journey, answered);
            }
            if (journey.read() != null && journey.tuple.isIp()) {
                read.put(journey.tuple, journey);
            }
        }
        return replies;
    }

    private static String answered(Journey reply, Journey request) {
        Step sent = reply.sent();
        if (request == null || sent == null || sent.pid() != request.read().pid()) {
            return null;
        }
        long afterNs = reply.first().timestampNs() - request.read().timestampNs();
        return afterNs >= 0 && afterNs <= WITHIN_NS ? request.id : null;
    }
}
