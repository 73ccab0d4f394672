// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Whiteboard: who takes things over and hands them on, with what can be lost on the way, tells here what became of them.
 * The ledger looks at every service of this type twice a second. Any thread; in microseconds.
 */
@ConsumerType
public interface HandOffs {
    /** Layer of the kernel's counters: observed = submitted + sampled out + ring full. */
    String KERNEL_COUNTER = "kernel counter";

    /** Layer of the kernel's rings, up to their reader. */
    String RING = "ring";

    /** Layer between the reader of the rings and the subscribers; what it passed on is delivered. */
    String BUS = "bus";

    /** Layer of the tracer's own rings, which are not of packets: drops, closed connections. */
    String TRACER = "tracer";

    /** Layer of the first payloads of flows, from the kernel to the bus. */
    String PAYLOADS = "payloads";

    /** Layer of a subscriber of the bus. */
    String SUBSCRIBER = "subscriber";

    /** Layer of a live web client; its unit is messages. */
    String WEB_CLIENT = "web client";

    /** One account of each place, consistent in itself; names stay the same as long as a place lives. */
    List<HandOff> handOffs();

    /**
     * What became of what a place took over, since it began; all in the same unit, and all counted at different points, so
     * that the sum says something.
     *
     * @param layer kind of place, as people read it: {@code ring}, {@code bus}, {@code web client}
     * @param name of this one among its kind
     * @param received taken over
     * @param passed handed on
     * @param leftOut not handed on, as was asked for
     * @param lost not handed on, for a known reason
     * @param waiting still here
     */
    record HandOff(String layer, String name, long received, long passed, long leftOut, long lost, long waiting) {
        /** What went without a reason; negative if more was handed on than came. */
        public long difference() {
            return received - passed - leftOut - lost - waiting;
        }
    }
}
