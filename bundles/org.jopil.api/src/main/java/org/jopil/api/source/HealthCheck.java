// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import org.osgi.annotation.versioning.ConsumerType;

/** Whiteboard: every service of this type is a line of {@code /api/health}. Any thread; answers in milliseconds. */
@ConsumerType
public interface HealthCheck {
    /** Short, lower case, unique. */
    String name();

    Result check();

    /** How a part is. */
    enum Status {
        UP,
        DEGRADED,
        DOWN
    }

    /** {@code message}: one sentence; for what is not up also what to do. */
    record Result(Status status, String message) {}
}
