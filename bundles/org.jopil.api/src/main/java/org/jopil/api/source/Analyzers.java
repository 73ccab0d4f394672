// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The analyzers that run. Any thread. */
@ProviderType
public interface Analyzers {
    List<Status> list();

    /**
     * One analyzer.
     *
     * @param name its {@code jopil.name}
     * @param bundle symbolic name of its bundle
     * @param version of its bundle
     * @param state {@code running}, {@code starting}, {@code quarantined}, {@code stuck}
     * @param events rows it was handed
     * @param lost rows it missed because it was lapped
     * @param pending rows on the bus that it has not seen yet
     * @param errors exceptions it threw
     * @param cpuNs CPU time of its thread
     * @param cpuPercent CPU time of its thread over wall time, 100 = one core; mean of about the last ten seconds, -1
     *     where the JVM does not tell
     * @param allocatedBytes bytes its thread allocated, -1 where the JVM does not tell
     */
    record Status(
            String name,
            String bundle,
            String version,
            String state,
            long events,
            long lost,
            long pending,
            long errors,
            long cpuNs,
            double cpuPercent,
            long allocatedBytes) {}
}
