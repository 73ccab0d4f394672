// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Listing;

/** How TCP connections do. */
@Command(
        scope = "jopil",
        name = "tcp",
        description = "TCP connections and listeners: process, round-trip time, retransmits, resets, windows",
        detailedDescription =
                """
                Examples:
                  jopil:tcp
                  jopil:tcp 'state == established' --sort -srtt_us --limit 5
                  jopil:tcp 'retransmits > 0' --fields remote_ip,process,retransmits
                  jopil:tcp 'state == listen' --fields local_port,process
                """)
@Service
@Parsing(FilterParser.class)
public final class TcpCommand extends FilteredListCommand {
    @Override
    Listing.Rules rules() {
        return Listing.Rules.PLAIN.withSort("-retransmits");
    }

    @Override
    String noun() {
        return "connection";
    }

    @Override
    Report report(Query query) {
        return services.reports().ask("tcp", query);
    }
}
