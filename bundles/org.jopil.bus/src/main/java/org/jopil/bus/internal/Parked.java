// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.util.Map;

/**
 * What is kept of an analyzer that went, for the one of the same name that may come: bytes, no objects, so that its
 * class loader can go.
 *
 * @param places by stream
 */
record Parked(int stateVersion, byte[] state, Map<String, Cursor.Place> places, long deadlineNs) {

    static final long KEPT_NS = 30_000_000_000L;
}
