// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Completion;

/** A list whose words are all the filter. */
abstract class FilteredListCommand extends ListCommand {
    @Argument(
            name = "filter",
            description = "Only rows that match, as: 'tcp port 443 and bytes > 10k'; quote < > | [ ] &",
            multiValued = true)
    @Completion(FilterCompleter.class)
    List<String> filter;

    @Override
    final List<String> words() {
        return filter;
    }

    @Override
    final void setWords(List<String> words) {
        filter = words;
    }
}
