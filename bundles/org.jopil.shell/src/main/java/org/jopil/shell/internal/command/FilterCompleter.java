// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.jopil.shell.internal.Services;

/** Words of a filter: fields and primitives, and after an operator the values that the field has now. */
@Service
public final class FilterCompleter implements Completer {
    @Reference
    private Services services;

    @Override
    public int complete(Session session, CommandLine line, List<String> candidates) {
        String[] arguments = line.getArguments();
        int at = line.getCursorArgumentIndex();
        boolean value = at >= 2 && at <= arguments.length && Vocabulary.OPERATORS.contains(arguments[at - 1]);
        return Vocabulary.complete(
                session,
                line,
                value ? Vocabulary.values(services, line, arguments[at - 2]) : Vocabulary.words(services, line),
                candidates);
    }
}
