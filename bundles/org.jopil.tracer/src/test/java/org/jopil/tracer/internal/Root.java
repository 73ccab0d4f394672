// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import org.junit.jupiter.api.Assumptions;

/** What the tests here cannot do without. */
final class Root {
    private Root() {}

    /** Skips the test for others, and fails it in CI. */
    static void need() {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
    }
}
