// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The counts book of the ledger, kept by whoever drains the flow table. Any thread. */
@ProviderType
public interface FlowBook {
    /** As of the last scan; empty before the first. */
    List<Ledger.Count> counts();

    /** Times in which nothing could be recorded: a killed instance, until this one attached. Oldest first. */
    default List<Ledger.Gap> gaps() {
        return List.of();
    }

    /** Packets in the flow table that no scan has taken over yet, as of now, or 0 if a consumer keeps up. */
    long undrained();
}
