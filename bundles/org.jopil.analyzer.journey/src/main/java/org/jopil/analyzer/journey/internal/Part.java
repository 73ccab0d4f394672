// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.event.Stage;

/**
 * What ends at a step.
 *
 * @param stage that the way from the step before belongs to; null between devices, and where none is defined
 * @param tookNs of the whole stage, if it ended here and its beginning was seen; else null
 */
record Part(Stage stage, Long tookNs) {
    private static final Part NONE = new Part(null, null);

    /** One for each step; in the order of the way. */
    static List<Part> of(List<Step> way) {
        Finder finder = new Finder();
        List<Part> parts = new ArrayList<>(way.size());
        way.forEach(step -> parts.add(finder.next(step)));
        return parts;
    }

    /** Remembers where stages began. */
    private static final class Finder {
        private final Map<String, Long> queued = new HashMap<>();
        private final Map<String, Long> started = new HashMap<>();
        private Step gro;
        private Long receivedNs;
        private Long readyNs;
        private Long copiedNs;

        Part next(Step step) {
            long now = step.timestampNs();
            return switch (step.hook()) {
                case GRO_RECEIVE -> {
                    gro = step;
                    yield NONE;
                }
                case RECEIVE -> received(step);
                case TC_INGRESS -> new Part(Stage.TC, null);
                case PRE_ROUTING, TCP -> new Part(Stage.TRANSPORT, null);
                case LOCAL_IN, FORWARD, POST_ROUTING -> new Part(Stage.NETFILTER, null);
                case DATA_READY -> {
                    readyNs = now;
                    yield new Part(Stage.TRANSPORT, since(receivedNs, now));
                }
                case COPY -> {
                    boolean again = copiedNs != null;
                    copiedNs = now;
                    yield again ? new Part(Stage.COPY, null) : new Part(Stage.SOCKET_QUEUE, since(readyNs, now));
                }
                case READ -> copiedNs == null
                        ? new Part(Stage.SOCKET_QUEUE, since(readyNs, now))
                        : new Part(Stage.COPY, since(copiedNs, now));
                case QUEUE -> {
                    queued.put(step.interfaceName(), now);
                    yield NONE;
                }
                case START_XMIT -> {
                    started.put(step.interfaceName(), now);
                    yield new Part(Stage.QDISC, since(queued.remove(step.interfaceName()), now));
                }
                case XMIT -> new Part(Stage.DRIVER_TX, since(started.remove(step.interfaceName()), now));
                case SEND, LOCAL_OUT, TC_EGRESS, FREE, DROP -> NONE;
            };
        }

        private Part received(Step step) {
            boolean same = gro != null && gro.interfaceName().equals(step.interfaceName());
            Part part = same ? new Part(Stage.DRIVER, step.timestampNs() - gro.timestampNs()) : NONE;
            gro = null;
            receivedNs = step.timestampNs();
            readyNs = null;
            copiedNs = null;
            return part;
        }

        private static Long since(Long fromNs, long nowNs) {
            return fromNs == null ? null : nowNs - fromNs;
        }
    }

    /** Whether this is about the hook's own stage as a whole. */
    boolean isMeasured() {
        return tookNs != null;
    }

    /** The first of a kind, or null. */
    static Step find(List<Step> way, JourneyHook hook) {
        for (Step step : way) {
            if (step.is(hook)) {
                return step;
            }
        }
        return null;
    }
}
