// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import static org.jopil.api.report.Column.column;

import java.util.List;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.DropStacks;

/** Kernel stacks of drops as a report: REST and the shell show the same columns. No state; any thread. */
public final class DropStackReports {
    /** Columns of {@link #stacks}. */
    public static final List<Column> STACKS = List.of(
            column("reason", Type.TEXT, "the kernel's name without SKB_DROP_REASON_"),
            column("symbol", Type.TEXT, "kernel function that freed it; null where the kernel hides it"),
            column("offset", Type.NUMBER, "bytes from the symbol's begin"),
            column("packets", Type.PACKETS, "wire packets that were dropped on this way"),
            column("stack", Type.LIST, "functions on the way, the innermost first"));

    private DropStackReports() {}

    /** The most frequent first; sampled if not every drop was looked at. */
    public static Report stacks(Query query, DropStacks.Period period) throws FilterException {
        Report.Builder rows = Report.of(query, STACKS.toArray(Column[]::new));
        for (DropStacks.Stack stack : period.stacks()) {
            rows.row(
                    stack.reason(),
                    stack.symbol().isEmpty() ? null : stack.symbol(),
                    stack.symbol().isEmpty() ? null : stack.offset(),
                    stack.packets(),
                    stack.frames());
        }
        if (period.leftOut() > 0) {
            rows.sampled();
        }
        return rows.lost(period.noRoom()).build();
    }
}
