// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.List;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.RuleTrace;

/** What rules decided, as a report. No state; any thread. */
public final class RuleReports {
    /** Columns of {@link #decisions}. */
    public static final List<Column> DECISIONS = List.of(
            detail("family", Type.TEXT, "of the table: ip, ip6, inet, bridge, netdev"),
            column("table", Type.TEXT, "table of the rule"),
            column("chain", Type.TEXT, "chain of the rule"),
            column("hook", Type.TEXT, "netfilter hook that the packet was at; null where it is not known"),
            column("handle", Type.NUMBER, "of the rule, for nft delete rule; null for a policy"),
            column("verdict", Type.TEXT, "accept, drop, jump CHAIN, continue, …"),
            column("packets", Type.PACKETS, "traced packets that matched"),
            column("rule", Type.TEXT, "as nft list writes it; policy for the chain's policy"),
            column("packet", Type.TEXT, "the first one: protocol and both ends"),
            detail("drops", Type.BOOLEAN, "whether the packet ends here"));

    private RuleReports() {}

    /** In the order in which they were seen first. */
    public static Report decisions(Query query, RuleTrace.Result result) throws FilterException {
        Report.Builder rows = Report.of(query, DECISIONS.toArray(Column[]::new));
        for (RuleTrace.Decision d : result.decisions()) {
            rows.row(
                    d.family(),
                    d.table(),
                    d.chain(),
                    d.hook().isEmpty() ? null : d.hook(),
                    d.handle() == 0 ? null : d.handle(),
                    d.verdict(),
                    d.packets(),
                    d.rule(),
                    d.packet().isEmpty() ? null : d.packet(),
                    d.drops());
        }
        if (result.traced() < result.received() + result.sent()) {
            rows.sampled();
        }
        return rows.build();
    }
}
