// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.source.Cost;
import org.jopil.web.render.Parameters;

/** Has run times measured. */
@Command(
        scope = "jopil",
        name = "measure",
        description = "Has the kernel measure run times for a while, which costs every run of every BPF program of the"
                + " machine two readings of the clock; it ends by itself, jopil:cost shows the result",
        detailedDescription =
                """
                Examples:
                  jopil:measure
                  jopil:measure --seconds 2
                """)
@Service
public final class MeasureCommand extends WordlessCommand {
    @Option(name = "--seconds", description = "For how long, 1 to 600")
    long seconds = 10;

    @Override
    int run() throws Exception {
        if (seconds < 1 || seconds > Cost.LONGEST.toSeconds()) {
            throw Parameters.bad(
                    "seconds", String.valueOf(seconds), "a whole number from 1 to " + Cost.LONGEST.toSeconds());
        }
        Cost.Measurement measurement = services.cost().measure(Duration.ofSeconds(seconds));
        LocalTime end = LocalTime.ofInstant(measurement.end(), ZoneId.systemDefault());
        out().println("Run times are measured until " + end.truncatedTo(ChronoUnit.SECONDS)
                + "; every packet costs more meanwhile. Then: jopil cost");
        return 0;
    }
}
