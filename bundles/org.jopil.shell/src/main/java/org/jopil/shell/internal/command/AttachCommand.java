// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jopil.api.source.AttachMode;
import org.jopil.web.render.Parameters;

/** Begins to watch. */
@Command(
        scope = "jopil",
        name = "attach",
        description =
                "Watches interfaces, from now on and when they come back; nothing of another program is displaced",
        detailedDescription =
                """
                Examples:
                  jopil:attach lo
                  jopil:attach lo --mode tcx
                """)
@Service
public final class AttachCommand extends InterfaceCommand {
    @Option(name = "--mode", description = "auto (what costs the traffic least), native, generic or tcx")
    @Completion(
            value = StringsCompleter.class,
            values = {"auto", "native", "generic", "tcx"})
    String mode = AttachMode.AUTO.text();

    @Argument(name = "interface", description = "IF, or NS/IF in a named network namespace", multiValued = true)
    @Completion(InterfaceCompleter.class)
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
        AttachMode wanted = AttachMode.of(mode)
                .orElseThrow(() -> Parameters.bad("mode", mode, "one of auto, native, generic, tcx"));
        for (String name : named(names)) {
            show(services.interfaces().attach(name, wanted));
        }
        return 0;
    }
}
