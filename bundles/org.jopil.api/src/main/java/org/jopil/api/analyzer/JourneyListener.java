// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.analyzer;

import org.jopil.api.event.JourneyBatch;
import org.osgi.annotation.versioning.ConsumerType;

/** Gets what followed packets passed on their way through the kernel. */
@ConsumerType
@FunctionalInterface
public interface JourneyListener {
    /** Called on the analyzer's own thread, as {@link PacketAnalyzer#onPackets}. */
    void onJourneys(JourneyBatch batch) throws Exception;
}
