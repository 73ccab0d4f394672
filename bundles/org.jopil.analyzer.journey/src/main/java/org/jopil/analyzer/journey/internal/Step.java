// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import org.jopil.api.event.JourneyBatch;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;

/**
 * A packet at a hook.
 *
 * @param end how the leg ended here; null while it went on
 * @param timestampNs since the epoch
 * @param pid 0 where no process was at work
 * @param lengthBytes of the packet, of a read that of the datagram; 0 where the hook knows none
 * @param dropReason empty unless it was dropped here
 */
record Step(
        JourneyHook hook,
        JourneyEnd end,
        long timestampNs,
        int cpu,
        String interfaceName,
        String namespace,
        int pid,
        String command,
        int lengthBytes,
        String dropReason) {
    static Step of(JourneyBatch batch, int row) {
        return new Step(
                batch.hook(row),
                batch.end(row),
                batch.timestampNs(row),
                batch.cpu(row),
                batch.interfaceName(row),
                batch.namespace(row),
                batch.pid(row),
                batch.command(row),
                batch.lengthBytes(row),
                batch.dropReason(row));
    }

    boolean is(JourneyHook other) {
        return hook == other;
    }

    /** {@code nginx[812]}; null where no process was at work. */
    String process() {
        return pid == 0 ? null : command + "[" + pid + "]";
    }
}
