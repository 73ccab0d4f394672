// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What somebody may do; a later one may do all that an earlier one may. */
public enum Role {
    /** Without a token: the page's files, signing in, the bare health. */
    ANYONE,
    /** Reads. */
    VIEWER,
    /** Chooses what is watched: interfaces, captures, traces, replays. */
    OPERATOR,
    /** Everything: tokens, settings, what is installed, Karaf's own commands. */
    ADMIN;

    /** Those with a token, the least first. */
    public static final List<Role> WITH_TOKEN = List.of(VIEWER, OPERATOR, ADMIN);

    public boolean may(Role needed) {
        return compareTo(needed) >= 0;
    }

    /** The name in requests and answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The user that ssh knows it by. */
    public String user() {
        return this == ADMIN ? "jopil" : text();
    }

    /** Of the data directory, with its token. */
    public String tokenFile() {
        return this == ADMIN ? "token" : "token." + text();
    }

    /** One with a token. */
    public static Optional<Role> named(String text) {
        return WITH_TOKEN.stream().filter(role -> role.text().equals(text)).findFirst();
    }
}
