// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** What this kernel gives us with these rights. Changes nothing; any thread; under 2 s. */
@ProviderType
public interface Doctor {
    List<Finding> examine();

    /** How a capability is. */
    enum Status {
        OK,
        DEGRADED,
        MISSING
    }

    /**
     * One capability.
     *
     * @param capability what people get from it
     * @param status of it
     * @param required whether the main job can't run without it
     * @param hook the kernel feature it gets here, empty if none
     * @param fallback what is done instead, empty if nothing
     * @param reason one sentence with what was tried
     * @param fix the command that mends it, empty if there is none
     */
    record Finding(
            String capability,
            Status status,
            boolean required,
            String hook,
            String fallback,
            String reason,
            String fix) {}
}
