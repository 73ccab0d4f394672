// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jopil.web.Role;

/** One-time tickets for links. Any thread. */
final class Tickets {
    static final Duration LIFETIME = Duration.ofSeconds(60);
    private static final int MOST = 100;

    private record Ticket(Role role, Instant expiry) {}

    private final Clock clock;
    private final Map<String, Ticket> open = new LinkedHashMap<>();

    Tickets(Clock clock) {
        this.clock = clock;
    }

    synchronized String issue(Role role) {
        Instant now = clock.instant();
        open.values().removeIf(ticket -> !ticket.expiry.isAfter(now));
        if (open.size() == MOST) {
            open.remove(open.keySet().iterator().next());
        }
        String ticket = Tokens.random();
        open.put(ticket, new Ticket(role, now.plus(LIFETIME)));
        return ticket;
    }

    /** The role it stands for, once. A look-up by hash tells nothing of 256 random bits. */
    synchronized Optional<Role> redeem(String ticket) {
        return Optional.ofNullable(open.remove(ticket))
                .filter(t -> t.expiry.isAfter(clock.instant()))
                .map(Ticket::role);
    }
}
