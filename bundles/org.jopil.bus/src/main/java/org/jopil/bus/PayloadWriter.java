// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import org.osgi.annotation.versioning.ProviderType;

/** The one writer of the payload stream. One thread at a time; allocates nothing, takes no lock, never waits. */
@ProviderType
public interface PayloadWriter {
    /** The batch being filled: rows below {@link PayloadColumns#size} are written. The same one until {@link #publish}. */
    PayloadColumns columns();

    /** Hands the batch to the subscribers, if it has rows; {@link #columns} is another, empty one afterwards. */
    void publish();

    /** Rows published since the bus started. Any thread. */
    long rows();
}
