// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.util.Optional;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;

/**
 * Rows that came after the ones already seen, and match a filter.
 *
 * @param field numeric, rising as rows come
 * @param after largest value seen
 * @param upTo largest value wanted
 * @param filter what else is wanted
 */
public record Newer(String field, long after, long upTo, Optional<Filter> filter) implements Filter {
    @Override
    public String text() {
        return filter.map(Filter::text).orElse("");
    }

    @Override
    public RowPredicate bind(Schema schema) throws FilterException {
        RowPredicate wanted = filter.isPresent() ? filter.get().bind(schema) : row -> true;
        int index = schema.indexOf(field);
        return index < 0 ? wanted : row -> row.number(index) > after && row.number(index) <= upTo && wanted.test(row);
    }
}
