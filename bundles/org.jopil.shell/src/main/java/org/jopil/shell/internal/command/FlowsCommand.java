// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Listing;

/** Conversations. */
@Command(
        scope = "jopil",
        name = "flows",
        description = "Flows: who talks to whom; live ones, and ended ones for a while",
        detailedDescription =
                """
                Examples:
                  jopil:flows
                  jopil:flows 'tcp port 443 and net 10.0.0.0/8' --sort -bytes --limit 5
                  jopil:flows --last 3 --json
                  jopil:flows 'process contains java' --limit 5
                  jopil:flows --by dst_port --limit 10
                  jopil:flows udp --since 5m -o csv --fields src_ip,dst_ip,bytes
                """)
@Service
@Parsing(FilterParser.class)
public final class FlowsCommand extends EventListCommand {
    @Option(name = "--by", description = "Groups by a field: src_ip, dst_ip, dst_port, protocol, process, …")
    @Completion(FieldCompleter.class)
    String by;

    @Override
    Listing.Rules rules() {
        return new Listing.Rules(follow ? "-last_seen" : "-bytes", TABLE_ROWS, Optional.of("-last_seen"), false, false);
    }

    @Override
    String noun() {
        return by == null ? "flow" : "group";
    }

    @Override
    void options(Map<String, String[]> given) {
        super.options(given);
        put(given, "by", by);
    }

    @Override
    Report report(Query query) {
        return services.reports().ask("flows", query);
    }
}
