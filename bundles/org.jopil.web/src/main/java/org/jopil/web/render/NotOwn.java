// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.util.Optional;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;

/** Leaves out rows whose field {@code own} is true; rows that have no such field are all foreign. */
public record NotOwn(Optional<Filter> filter) implements Filter {
    @Override
    public String text() {
        return filter.map(Filter::text).orElse("");
    }

    @Override
    public RowPredicate bind(Schema schema) throws FilterException {
        RowPredicate wanted = filter.isPresent() ? filter.get().bind(schema) : row -> true;
        int own = schema.indexOf("own");
        return own < 0 ? wanted : row -> !(row.has(own) && row.number(own) != 0) && wanted.test(row);
    }
}
