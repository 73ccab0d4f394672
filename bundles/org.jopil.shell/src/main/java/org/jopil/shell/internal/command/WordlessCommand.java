// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.web.render.Units;

/** A command that is told nothing but options. */
abstract class WordlessCommand extends JopilCommand {
    List<String> words;

    @Override
    final List<String> words() {
        return words;
    }

    @Override
    final void setWords(List<String> rest) {
        words = rest;
        if (!rest.isEmpty()) {
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    "'" + Units.safe(rest.get(0)) + "' is not understood here",
                    "This command takes options only; --help lists them.");
        }
    }
}
