// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Replays;

/** Says in the place of the sensor's check that what is shown is from a file. */
record ReplayHealth(FileReplay replay) implements HealthCheck {
    @Override
    public String name() {
        return "replay";
    }

    @Override
    public Result check() {
        Replays.Status now = replay.status();
        String shown = "REPLAY of " + now.file() + ": what is shown is from the file, not from the wire";
        if (replay.isWhole()) {
            return new Result(Status.UP, shown + (now.end().isEmpty() ? "." : "; " + now.end() + "."));
        }
        return new Result(Status.DEGRADED, shown + "; " + now.end() + ". What stands before that is shown.");
    }
}
