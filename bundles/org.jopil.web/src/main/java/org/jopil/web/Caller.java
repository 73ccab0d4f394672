// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Who asks.
 *
 * @param role what they may do
 * @param session id of the browser session, empty for a bearer token
 * @param valid whether the token or session is still accepted; for whoever keeps a connection open
 */
public record Caller(Role role, Optional<String> session, BooleanSupplier valid) {
    /** Request attribute; set by the context {@code jopil}. */
    public static final String ATTRIBUTE = "org.jopil.web.caller";

    public static final Caller NOBODY = new Caller(Role.ANYONE, Optional.empty(), () -> true);

    /** Of a request in the context {@code jopil}; nobody in any other. */
    public static Caller of(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Caller caller ? caller : NOBODY;
    }
}
