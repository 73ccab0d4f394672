// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.List;
import org.jopil.api.filter.Equalities;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.Filters;
import org.jopil.api.filter.PacketFilters;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Primitives of pcap-filter and comparisons of fields in one language. */
@Component
public final class FilterLanguage implements Filters {
    private static final int LONGEST = 4096;

    /** Null: primitives that read bytes are refused. */
    private final PacketFilters packets;

    @Activate
    public FilterLanguage(@Reference PacketFilters packets) {
        this.packets = packets;
    }

    /** For rows of reports only. */
    public FilterLanguage() {
        this(null);
    }

    @Override
    public Filter parse(String text) throws FilterException {
        if (text.isBlank()) {
            return new Parsed(text, null, packets);
        }
        checkLength(text);
        Node root = Parser.parse(text);
        if (!Kinds.canMatch(root)) {
            throw FilterException.neverMatching(text);
        }
        return new Parsed(text, root, packets);
    }

    static void checkLength(String text) throws FilterException {
        if (text.length() > LONGEST) {
            throw new FilterException(
                    "The filter is too long", LONGEST, "at most " + LONGEST + " characters", List.of());
        }
    }

    /** {@code root} null matches everything. */
    private record Parsed(String text, Node root, PacketFilters packets) implements Filter {
        @Override
        public RowPredicate bind(Schema schema) throws FilterException {
            return root == null ? row -> true : new Binder(schema, packets).bind(root);
        }

        @Override
        public Equalities equalities() {
            return root == null ? Equalities.NONE : FlowTerms.of(root);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
