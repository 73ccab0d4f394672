// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import org.jopil.api.source.Sampling;

/** How many of all packets are shown, in the words of the page. */
final class Sampled {
    private Sampled() {}

    static String text(Sampling.State state) {
        return switch (state.step()) {
            case 0 -> "Showing no packet. Counters are complete.";
            case 1 -> "Showing every packet.";
            default -> "Showing 1 of " + state.step() + " packets (limit " + state.limitPerSecond()
                    + "/s). Counters are complete.";
        };
    }
}
