// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.jopil.api.JopilException;
import org.jopil.ndpi.Ndpi;

/** Tests of libndpi want it; where it is missing they are skipped, and fail if CI=true. */
final class NdpiInstalled {
    private NdpiInstalled() {}

    static void orSkip() {
        try (Ndpi found = new Ndpi(1)) {
            System.out.println("libndpi " + found.version());
        } catch (JopilException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail(e.getMessage());
            }
            abort(e.getMessage());
        }
    }
}
