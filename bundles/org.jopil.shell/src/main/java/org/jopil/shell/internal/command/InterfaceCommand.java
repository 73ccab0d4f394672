// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.stats.Snapshot;
import org.jopil.stats.SourceReports;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Units;

/** A command that changes what is watched. Each interface is told as soon as it is done. */
abstract class InterfaceCommand extends JopilCommand {
    static List<String> named(List<String> names) {
        if (names.isEmpty()) {
            throw new JopilException(
                    "JOPIL-400", 400, "Which interface?", "Name one or several; interfaces lists them.");
        }
        return names;
    }

    final void show(InterfaceStatus link) throws Exception {
        if (format() == Format.TEXT) {
            String why = link.why().isEmpty() ? "" : " (" + link.why() + ")";
            out().println(Units.safe(
                    link.attached()
                            ? link.name() + ": watched, ingress " + hook(link.ingressHook()) + ", egress "
                                    + hook(link.egressHook()) + why
                            : link.name() + ": not watched" + why));
            return;
        }
        Report one = SourceReports.interfaces(
                Query.first(1),
                List.of(link),
                services.interfaces().facts(),
                services.latest().flatMap(Snapshot::traffic));
        Answers.write(one, format(), style("interface", List.of()), out());
        if (format() == Format.JSON) {
            out().println();
        }
    }

    private static String hook(String name) {
        return name.isEmpty() ? "off" : name;
    }
}
