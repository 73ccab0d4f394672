// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import java.util.List;
import java.util.Optional;
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

    /** For whoever can look for these before there is a row, as the kernel can. */
    default Demands demands() {
        return Demands.NONE;
    }

    /**
     * The filter as equalities of addresses, ports and protocols that must all hold, as {@code udp and dst port 53} is;
     * empty if it says anything else, or nothing. For who must name a flow to the kernel.
     */
    default Optional<List<FlowTerm>> flow() {
        return Optional.empty();
    }
}
