// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.analyzer;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Optional: state that survives the update of an analyzer's bundle. When the service goes, the bus keeps the bytes and
 * the place on the bus for 30 s; the same name coming back gets both. Called on the analyzer's own thread.
 */
@ConsumerType
public interface StateCarrier {
    /** Version of what {@link #saveState} writes. */
    int stateVersion();

    void saveState(DataOutput out) throws IOException;

    /** Reads what a version wrote; false if it cannot, and the analyzer starts empty. */
    boolean restoreState(int version, DataInput in) throws IOException;
}
