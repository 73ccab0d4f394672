// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import org.osgi.annotation.versioning.ProviderType;

/** The service that parses filters. Any thread. */
@ProviderType
public interface Filters {
    /**
     * Parses a filter; an empty or blank text matches everything.
     *
     * @throws FilterException on a mistake of grammar; names are checked when it is bound
     */
    Filter parse(String text) throws FilterException;
}
