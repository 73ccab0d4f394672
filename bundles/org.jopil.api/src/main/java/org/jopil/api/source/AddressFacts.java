// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What the configured databases tell of an address: its country and its autonomous system. Any thread; a question that was
 * asked before allocates nothing.
 */
@ProviderType
public interface AddressFacts {
    /**
     * {@link Facts#NONE} for what the databases do not have, and for addresses that are no one's in particular (private,
     * loopback, link-local, multicast).
     *
     * @param hi see {@link org.jopil.api.event.Addresses}
     */
    Facts of(long hi, long lo);

    /**
     * Of one address.
     *
     * @param country ISO 3166-1 code as the database has it; null if it has none
     * @param as number of the autonomous system; 0 if it is not known
     * @param asName its organisation; null if it is not known
     */
    record Facts(String country, long as, String asName) {
        /** Nothing is known. */
        public static final Facts NONE = new Facts(null, 0, null);
    }
}
