// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit;

import java.security.AccessController;
import java.security.Principal;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.Subject;

/** Who is at work on this thread. */
public final class Actor {
    private static final List<String> ROLES = List.of("admin", "operator", "viewer");

    private Actor() {}

    /** The highest role of the person whose command this thread runs; empty if nobody's. */
    @SuppressWarnings("removal") // until the virtual machine has another way to ask; Java 17 has none
    public static Optional<String> role() {
        Subject subject = Subject.getSubject(AccessController.getContext());
        if (subject == null) {
            return Optional.empty();
        }
        Set<String> names =
                subject.getPrincipals().stream().map(Principal::getName).collect(Collectors.toSet());
        return ROLES.stream().filter(names::contains).findFirst();
    }
}
