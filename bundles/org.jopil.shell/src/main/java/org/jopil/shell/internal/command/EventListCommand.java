// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.Map;
import org.apache.karaf.shell.api.action.Option;

/** A list of things that happen: it has time, and can be followed. */
abstract class EventListCommand extends FilteredListCommand {
    @Option(name = "--follow", aliases = "-f", description = "Goes on with new rows until Ctrl-C, or --limit rows")
    boolean follow;

    @Option(name = "--since", description = "Not before this time (RFC 3339), or this long ago: 90s, 5m, 2h, 1d")
    String since;

    @Option(name = "--until", description = "Not after this time, as --since")
    String until;

    @Option(name = "--last", description = "The newest N rows")
    String last;

    @Override
    void options(Map<String, String[]> given) {
        put(given, "since", since);
        put(given, "until", until);
        put(given, "last", last);
    }

    @Override
    boolean follows() {
        return follow;
    }
}
