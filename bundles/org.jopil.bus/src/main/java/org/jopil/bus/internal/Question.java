// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jopil.api.filter.Filter;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;

/** A question on its way to an analyzer's thread. */
record Question(Query query, CompletableFuture<Report> answer) {
    Question(Query query) {
        this(query, new CompletableFuture<>());
    }

    /** Equal for the same question, however its filter was parsed. */
    record Key(
            Optional<String> filter,
            Optional<String> sort,
            boolean descending,
            int limit,
            int offset,
            long sinceNs,
            long untilNs,
            Optional<String> by) {
        static Key of(Query query) {
            return new Key(
                    query.filter().map(Filter::text),
                    query.sort(),
                    query.descending(),
                    query.limit(),
                    query.offset(),
                    query.sinceNs(),
                    query.untilNs(),
                    query.by());
        }
    }
}
