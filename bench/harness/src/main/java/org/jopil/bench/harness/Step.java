// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.util.List;

/**
 * A load in so many rounds; {@code peers}: with the other tools, or JOPIL alone.
 */
record Step(LoadCase load, int rounds, boolean peers) {
    private static final LoadCase MANY_FLOWS = new LoadCase("live", 100_000, 60, 4, 2_000_000);
    private static final LoadCase SKB = new LoadCase("skb", 1_000, 60, 4, 1_000_000);

    /** At most 40 minutes on two cores. */
    static List<Step> full() {
        return List.of(
                new Step(LoadCase.MAIN, 5, true),
                new Step(MANY_FLOWS, 3, true),
                new Step(SKB, 3, true),
                new Step(new LoadCase("live", 1_000_000, 60, 4, 4_000_000), 2, true),
                new Step(new LoadCase("live", 1, 60, 4, 2_000_000), 2, true),
                new Step(new LoadCase("live", 1_000, 1514, 4, 1_000_000), 2, true),
                new Step(new LoadCase("live", 1_000, 74, 6, 2_000_000), 2, true),
                new Step(new LoadCase("live", 100_000, 74, 6, 2_000_000), 1, false),
                new Step(new LoadCase("live", 1_000_000, 74, 6, 4_000_000), 1, false),
                new Step(new LoadCase("live", 1_000, 1514, 6, 1_000_000), 1, false));
    }

    /** What each part of JOPIL is measured on. */
    static List<LoadCase> parts() {
        return List.of(LoadCase.MAIN, MANY_FLOWS);
    }

    /** At most 8 minutes. */
    static List<Step> quick() {
        return List.of(
                new Step(LoadCase.MAIN.withPackets(1_000_000), 2, true),
                new Step(MANY_FLOWS.withPackets(1_000_000), 1, false),
                new Step(SKB.withPackets(500_000), 1, false),
                new Step(new LoadCase("live", 1_000, 74, 6, 1_000_000), 1, false));
    }
}
