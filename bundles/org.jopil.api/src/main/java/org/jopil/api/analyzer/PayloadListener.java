// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.analyzer;

import org.jopil.api.event.PayloadBatch;
import org.osgi.annotation.versioning.ConsumerType;

/** Gets what the first packets of flows carry. */
@ConsumerType
@FunctionalInterface
public interface PayloadListener {
    /** Called on the analyzer's own thread, as {@link PacketAnalyzer#onPackets}. */
    void onPayloads(PayloadBatch batch) throws Exception;
}
