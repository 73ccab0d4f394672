// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import java.util.Locale;
import java.util.Optional;

/** What somebody may do; a later one may do all that an earlier one may. */
public enum Role {
    /** Without a token: the page's files, signing in, the bare health. */
    ANYONE,
    /** Reads. */
    VIEWER,
    /** Changes what runs. */
    ADMIN;

    public boolean may(Role needed) {
        return compareTo(needed) >= 0;
    }

    /** The name in requests and answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code viewer} or {@code admin}. */
    public static Optional<Role> named(String text) {
        return switch (text) {
            case "viewer" -> Optional.of(VIEWER);
            case "admin" -> Optional.of(ADMIN);
            default -> Optional.empty();
        };
    }
}
