// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.analyzer;

import org.jopil.api.event.FlowBatch;
import org.osgi.annotation.versioning.ConsumerType;

/** Gets flow changes with cumulative, exact totals. */
@ConsumerType
@FunctionalInterface
public interface FlowListener {
    /** Called on the analyzer's own thread, as {@link PacketAnalyzer#onPackets}. */
    void onFlows(FlowBatch batch) throws Exception;
}
