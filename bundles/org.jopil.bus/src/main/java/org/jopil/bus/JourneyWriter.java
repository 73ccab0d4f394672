// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import org.osgi.annotation.versioning.ProviderType;

/** The one writer of the journey stream. One thread at a time; allocates nothing, takes no lock, never waits. */
@ProviderType
public interface JourneyWriter {
    /** The batch being filled: rows below {@link JourneyColumns#size} are written. The same one until {@link #publish}. */
    JourneyColumns columns();

    /** Hands the batch to the subscribers, if it has rows; {@link #columns} is another, empty one afterwards. */
    void publish();
}
