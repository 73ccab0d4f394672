// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import java.util.List;

/**
 * Addresses, ports and protocols that whatever matches a filter has, for who must name packets to the kernel.
 *
 * @param terms that must all hold
 * @param whole whether the filter says nothing else: {@code udp and dst port 53} does not, {@code udp and length > 100} does
 */
public record Equalities(List<FlowTerm> terms, boolean whole) {
    /** Nothing is known of what matches. */
    public static final Equalities NONE = new Equalities(List.of(), false);

    public Equalities {
        terms = List.copyOf(terms);
    }
}
