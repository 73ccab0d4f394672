// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jopil.api.JopilException;
import org.jopil.web.Caller;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.render.Units;

/**
 * Decides who may do what, from the request alone: the host it was sent to (DNS rebinding), the token or cookie, the
 * role that the route needs, the origin (forged requests). Refuses what nobody allowed. Any thread.
 */
final class Guard {
    /** What may be asked: all changed together when services or the configuration change. */
    record Rules(List<Route> routes, List<String> publicPaths, Set<String> hosts, Set<String> origins) {
        Rules {
            routes = List.copyOf(routes);
            publicPaths = List.copyOf(publicPaths);
            hosts = lower(hosts);
            origins = lower(origins);
        }

        private static Set<String> lower(Collection<String> names) {
            return names.stream().map(n -> n.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        }
    }

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Tokens tokens;
    private final Sessions sessions;

    Guard(Tokens tokens, Sessions sessions) {
        this.tokens = tokens;
        this.sessions = sessions;
    }

    /** @throws JopilException 401, 403 or 421 */
    Caller admit(Asked asked, Rules rules) {
        requireHost(asked, rules);
        Role needed = needed(asked, rules);
        boolean bearer = asked.authorization().isPresent();
        Caller caller = caller(asked);
        if (!caller.role().may(needed)) {
            throw caller.role() == Role.ANYONE ? unknown() : forbidden(caller.role(), needed);
        }
        if (asked.upgrade() || !asked.reads()) {
            requireOrigin(asked, rules, bearer || needed == Role.ANYONE);
        }
        return caller;
    }

    /** Of whoever asks, whatever is asked. */
    Role roleOf(Asked asked) {
        try {
            return caller(asked).role();
        } catch (JopilException unknown) {
            return Role.ANYONE;
        }
    }

    private static JopilException unknown() {
        return new JopilException(
                "JOPIL-401",
                401,
                "Who are you?",
                "Send the token of this instance: Authorization: Bearer TOKEN. 'jopil token' prints it; for a browser,"
                        + " 'jopil url' makes a link that signs in.");
    }

    private static JopilException forbidden(Role is, Role needed) {
        return new JopilException(
                "JOPIL-403",
                403,
                (is == Role.OPERATOR ? "An " : "A ") + is.text() + " may not do this",
                "It changes what runs and needs the " + needed.text() + " token ('jopil token"
                        + (needed == Role.ADMIN ? "" : " --" + needed.text()) + "').");
    }

    static Role needed(Asked asked, Rules rules) {
        boolean known = false;
        for (Route route : rules.routes()) {
            if (route.match(asked.path()).isPresent()) {
                known = true;
                if (route.method().equals(asked.method())
                        || asked.method().equals("HEAD") && route.method().equals("GET")) {
                    return route.role();
                }
            }
        }
        if (known) {
            // the router answers that the method does not fit
            return Role.VIEWER;
        }
        if (!asked.reads()) {
            return Role.ADMIN;
        }
        return rules.publicPaths().stream().anyMatch(pattern -> matches(pattern, asked.path()))
                ? Role.ANYONE
                : Role.VIEWER;
    }

    /** {@code /a/*} is everything below /a, anything else is the path itself. API paths are never public this way. */
    private static boolean matches(String pattern, String path) {
        if (path.equals("/api") || path.startsWith("/api/") || path.equals("/ws")) {
            return false;
        }
        return pattern.endsWith("/*") && pattern.length() > 2
                ? path.startsWith(pattern.substring(0, pattern.length() - 1))
                : path.equals(pattern);
    }

    private Caller caller(Asked asked) {
        if (asked.authorization().isPresent()) {
            String header = asked.authorization().get();
            String token = header.regionMatches(true, 0, "Bearer ", 0, 7)
                    ? header.substring(7).strip()
                    : "";
            Role role = tokens.roleOf(token);
            if (role == Role.ANYONE) {
                throw unknown();
            }
            return new Caller(role, Optional.empty(), () -> tokens.roleOf(token) == role);
        }
        return asked.cookie().flatMap(sessions::verify).orElse(Caller.NOBODY);
    }

    private static void requireHost(Asked asked, Rules rules) {
        String name = hostName(asked.host()).toLowerCase(Locale.ROOT);
        String local = asked.localAddress().indexOf(':') >= 0 ? "[" + asked.localAddress() + "]" : asked.localAddress();
        // an address in place of a name cannot have been rebound by anybody's name server
        if (!LOOPBACK.contains(name) && !rules.hosts().contains(name) && !name.equals(local)) {
            throw new JopilException(
                    "JOPIL-421",
                    421,
                    "This is not " + Units.safe(name.isEmpty() ? "a host" : name),
                    "Ask for localhost, 127.0.0.1, [::1] or the address it listens on. Another name that leads here must"
                            + " be listed in allowed_hosts of etc/org.jopil.web.cfg.");
        }
    }

    private static String hostName(String host) {
        int end = host.startsWith("[") ? host.indexOf(']') + 1 : host.indexOf(':');
        return end <= 0 ? host : host.substring(0, end);
    }

    private static void requireOrigin(Asked asked, Rules rules, boolean mayBeAbsent) {
        if (asked.origin().isEmpty() && mayBeAbsent) {
            return;
        }
        String origin = asked.origin().orElse("").toLowerCase(Locale.ROOT);
        String own = asked.scheme() + "://" + asked.host().toLowerCase(Locale.ROOT);
        if (!withoutDefaultPort(origin).equals(withoutDefaultPort(own))
                && !rules.origins().contains(origin)) {
            throw new JopilException(
                    "JOPIL-403",
                    403,
                    origin.isEmpty() ? "The request does not say where it comes from" : "Another site's request",
                    "With a cookie, only the page of this instance may do this (Origin " + Units.safe(own)
                            + "). Programs send the token instead: Authorization: Bearer TOKEN.");
        }
    }

    private static String withoutDefaultPort(String origin) {
        if (origin.startsWith("http://") && origin.endsWith(":80")) {
            return origin.substring(0, origin.length() - 3);
        }
        return origin.startsWith("https://") && origin.endsWith(":443")
                ? origin.substring(0, origin.length() - 4)
                : origin;
    }
}
