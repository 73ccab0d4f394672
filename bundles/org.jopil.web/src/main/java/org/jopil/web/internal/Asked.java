// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jopil.web.Router;

/** What of a request decides whether it is let in. */
record Asked(
        String method,
        String path,
        String scheme,
        String host,
        Optional<String> origin,
        Optional<String> authorization,
        Optional<String> cookie,
        String localAddress,
        boolean upgrade) {

    static Asked of(HttpServletRequest request) {
        return new Asked(
                request.getMethod(),
                Router.path(request),
                request.getScheme(),
                request.getHeader("Host") == null ? "" : request.getHeader("Host"),
                Optional.ofNullable(request.getHeader("Origin")),
                Optional.ofNullable(request.getHeader("Authorization")),
                cookie(request),
                request.getLocalAddr(),
                request.getHeader("Upgrade") != null);
    }

    /** Cookies are shared by all ports of a host, so each instance has a name of its own. */
    static String cookieName(HttpServletRequest request) {
        return "jopil_" + request.getLocalPort();
    }

    private static Optional<String> cookie(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        String name = cookieName(request);
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(name)) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }

    boolean reads() {
        return method.equals("GET") || method.equals("HEAD");
    }
}
