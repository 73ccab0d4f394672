// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.Cost;
import org.jopil.shell.internal.Services;
import org.jopil.stats.CostReports;
import org.jopil.web.render.Listing;

/** Shares of the memory budget. */
@Command(
        scope = "jopil",
        name = "memory",
        description = "What the memory budget gives a CPU, here and on machines with other numbers of CPUs",
        detailedDescription =
                """
                Examples:
                  jopil:memory
                  jopil:memory here
                  jopil:memory --json
                """)
@Service
@Parsing(FilterParser.class)
public final class MemoryCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN;
    }

    @Override
    String noun() {
        return "machine";
    }

    @Override
    Report report(Query query) throws Exception {
        Cost cost = services.cost();
        return CostReports.memory(
                query,
                cost.memory().orElseThrow(() -> Services.away("sensor")),
                cost.kernelBytes(),
                Runtime.getRuntime().maxMemory());
    }
}
