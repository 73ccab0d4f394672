// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.util.List;
import java.util.Locale;
import org.jopil.api.source.HealthCheck.Status;
import org.osgi.annotation.versioning.ProviderType;

/** Whether the instance does its job: attached, counters readable, every service there. Any thread. */
@ProviderType
public interface Health {
    Answer read();

    /** The worst of the checks, and each of them. */
    record Answer(Status status, List<Check> checks) {}

    /** One part; {@code message} is a sentence. */
    record Check(String name, Status status, String message) {}

    /** The word in answers: {@code up}, {@code degraded}, {@code down}. */
    static String text(Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }
}
