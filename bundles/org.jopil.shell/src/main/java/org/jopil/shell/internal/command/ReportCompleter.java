// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.jopil.shell.internal.Services;

/** Names of reports. */
@Service
public final class ReportCompleter implements Completer {
    @Reference
    private Services services;

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        return Vocabulary.complete(session, line, services.reports().names(), candidates);
    }
}
