// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.analyzer;

import org.jopil.api.event.DropBatch;
import org.osgi.annotation.versioning.ConsumerType;

/** Gets packets that the kernel dropped, with reason and place. */
@ConsumerType
@FunctionalInterface
public interface DropListener {
    /** Called on the analyzer's own thread, as {@link PacketAnalyzer#onPackets}. */
    void onDrops(DropBatch batch) throws Exception;
}
