// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import org.osgi.annotation.versioning.ProviderType;

/** A parsed filter. Immutable, any thread. */
@ProviderType
public interface Filter {
    /** As it was typed. */
    String text();

    /**
     * Binds the filter to rows of a schema: names are resolved once, here.
     *
     * @throws FilterException if a name is unknown to the schema, a value does not fit its type, or a primitive makes no
     *     sense for such rows
     */
    RowPredicate bind(Schema schema) throws FilterException;

    /** What the filter demands of every row in terms that a kernel understands. */
    default Equalities equalities() {
        return Equalities.NONE;
    }
}
