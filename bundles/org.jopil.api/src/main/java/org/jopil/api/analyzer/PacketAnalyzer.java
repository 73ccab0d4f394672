// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.analyzer;

import org.jopil.api.event.PacketBatch;
import org.osgi.annotation.versioning.ConsumerType;

/** Gets packet samples. */
@ConsumerType
@FunctionalInterface
public interface PacketAnalyzer {
    /**
     * Called on the analyzer's own thread. The batch is valid until this returns. What it throws is counted and logged;
     * after five errors in a minute the analyzer is quarantined, and nobody else notices.
     */
    void onPackets(PacketBatch batch) throws Exception;
}
