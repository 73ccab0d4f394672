// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.source.InterfaceStatus;

/** Watches no longer. */
@Command(
        scope = "jopil",
        name = "detach",
        description = "Stops watching interfaces; what was counted stays in the totals",
        detailedDescription =
                """
                Examples:
                  jopil:detach lo
                  jopil:detach --all
                """)
@Service
public final class DetachCommand extends InterfaceCommand {
    @Option(name = "--all", description = "Every watched interface")
    boolean all;

    @Argument(name = "interface", description = "IF, or NS/IF in a named network namespace", multiValued = true)
    @Completion(WatchedCompleter.class)
    List<String> names;

    @Override
    List<String> words() {
        return names;
    }

    @Override
    void setWords(List<String> words) {
        names = words;
    }

    @Override
    int run() throws Exception {
        List<String> wanted = !all
                ? named(names)
                : services.interfaces().list().stream()
                        .filter(link -> link.state() != InterfaceStatus.State.DETACHED)
                        .map(InterfaceStatus::name)
                        .toList();
        if (wanted.isEmpty()) {
            out().println("Nothing is watched.");
        }
        for (String name : wanted) {
            show(services.interfaces().detach(name));
        }
        return 0;
    }
}
