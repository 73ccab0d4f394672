// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.time.Duration;
import java.util.Map;

/** The factor of every time-out, {@code -Djopil.patience}: an emulated machine is many times slower. */
final class Patience {
    static final int FACTOR = Integer.getInteger("jopil.patience", 1);

    /** What the launcher gets: its own time-outs, and a compiler whose code is worth its time in an emulator. */
    static final Map<String, String> ENVIRONMENT = FACTOR == 1
            ? Map.of()
            : Map.of("JOPIL_PATIENCE", Integer.toString(FACTOR), "JOPIL_JAVA_OPTS", "-XX:TieredStopAtLevel=1");

    private Patience() {}

    static Duration stretched(Duration limit) {
        return limit.multipliedBy(FACTOR);
    }
}
