// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.Map;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Listing;

/** The largest groups of flows. */
@Command(
        scope = "jopil",
        name = "top",
        description = "The largest groups of flows: by source address unless told otherwise",
        detailedDescription =
                """
                Examples:
                  jopil:top
                  jopil:top --by dst_port --limit 5
                  jopil:top --by process
                  jopil:top 'not net 127.0.0.0/8' --by protocol --json
                """)
@Service
@Parsing(FilterParser.class)
public final class TopCommand extends FilteredListCommand {
    @Option(name = "--by", description = "Field to group by: src_ip, dst_ip, dst_port, protocol, process, …")
    @Completion(FieldCompleter.class)
    String by = "src_ip";

    @Override
    void options(Map<String, String[]> given) {
        put(given, "by", by);
    }

    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN.withSort("-bytes").withLimit(10);
    }

    @Override
    String noun() {
        return "group";
    }

    @Override
    Report report(Query query) {
        return services.reports().ask("flows", query);
    }
}
