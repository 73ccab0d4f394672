// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.jopil.shell.internal.Services;

/** Fields of the list, and each with a minus for the largest first. */
@Service
public final class FieldCompleter implements Completer {
    @Reference
    private Services services;

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        List<String> names = Vocabulary.columns(services, line).stream()
                .flatMap(column -> Stream.of(column.name(), "-" + column.name()))
                .toList();
        return Vocabulary.complete(session, line, names, candidates);
    }
}
