// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import org.osgi.annotation.versioning.ProviderType;

/** The one writer of the packet stream. One thread at a time; allocates nothing, takes no lock, never waits. */
@ProviderType
public interface PacketWriter {
    /** The batch being filled: rows below {@link PacketColumns#size} are written. The same one until {@link #publish}. */
    PacketColumns columns();

    /**
     * Hands the batch to the subscribers, if it has rows; {@link #columns} is another, empty one afterwards.
     *
     * @return whether most subscribers are far behind: for more than half of them half of what the bus keeps is still to be
     *     read. One that is slow alone loses its own rows, and lowers nobody's detail
     */
    boolean publish();
}
