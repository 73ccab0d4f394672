// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jopil.api.JopilException;
import org.jopil.audit.Audit;
import org.jopil.web.Caller;
import org.jopil.web.JopilContext;
import org.jopil.web.Role;
import org.jopil.web.Router;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Problem;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.osgi.service.servlet.context.ServletContextHelper;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContext;

/** The context {@code jopil}: every request passes here before any servlet sees it. */
@Component(service = ServletContextHelper.class, scope = ServiceScope.BUNDLE)
@HttpWhiteboardContext(name = JopilContext.NAME, path = "/")
public final class SecuredContext extends ServletContextHelper {
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self';"
                    + " frame-ancestors 'none'";

    private final Access access;
    private final Audit audit;

    /** Resources come from the bundle that registered them: it is the one that uses this instance. */
    @Activate
    public SecuredContext(ComponentContext context, @Reference Access access, @Reference Audit audit) {
        super(context.getUsingBundle());
        this.access = access;
        this.audit = audit;
    }

    @Override
    public boolean handleSecurity(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("X-Frame-Options", "DENY");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        Asked asked = Asked.of(request);
        if (asked.path().startsWith("/api")) {
            response.setHeader("Cache-Control", "no-store");
        }
        try {
            Caller caller = access.guard().admit(asked, access.rules());
            if (asked.reads() && !asked.path().startsWith("/api")) {
                Optional<String> ticket =
                        Parameters.ofQuery(request.getQueryString()).text("ticket");
                if (ticket.isPresent()) {
                    redeem(ticket.get(), request, response, caller);
                    return false;
                }
            }
            request.setAttribute(Caller.ATTRIBUTE, caller);
            request.setAttribute(REMOTE_USER, caller.role().text());
            return true;
        } catch (JopilException e) {
            if (e.status() == 401) {
                response.setHeader("WWW-Authenticate", "Bearer realm=\"JOPIL\"");
            }
            audit.record(new Audit.Event(
                    access.guard().roleOf(asked).text(),
                    request.getRemoteAddr(),
                    "request",
                    asked.method() + " " + asked.path() + ": " + e.title(),
                    Audit.Event.REFUSED));
            Router.send(response, Problem.of(e));
            return false;
        } catch (RuntimeException e) {
            Router.send(response, Router.internal(request, e));
            return false;
        }
    }

    /** Exchanges the ticket for a cookie, and takes it out of the address bar and the history. */
    private void redeem(String ticket, HttpServletRequest request, HttpServletResponse response, Caller caller)
            throws IOException {
        response.setHeader("Cache-Control", "no-store");
        Optional<Role> role = access.tickets().redeem(ticket);
        audit.record(new Audit.Event(
                role.orElse(Role.ANYONE).text(),
                request.getRemoteAddr(),
                "sign-in",
                "by a link",
                role.isPresent() ? Audit.Event.DONE : Audit.Event.REFUSED));
        Optional<String> session = role.flatMap(access.sessions()::open);
        if (session.isEmpty() && caller.role() == Role.ANYONE) {
            response.setStatus(401);
            response.setContentType("text/plain;charset=utf-8");
            response.getOutputStream()
                    .write(("This link was used before, or is older than " + Tickets.LIFETIME.toSeconds()
                                    + " seconds. Get a new one with: jopil url\n")
                            .getBytes(StandardCharsets.UTF_8));
            return;
        }
        session.ifPresent(cookie -> setCookie(request, response, cookie, false));
        response.setStatus(303);
        response.setHeader("Location", withoutTicket(request));
        response.flushBuffer();
    }

    private static String withoutTicket(HttpServletRequest request) {
        String rest = Arrays.stream(request.getQueryString().split("&", -1))
                .filter(pair -> !pair.startsWith("ticket="))
                .collect(Collectors.joining("&"));
        // a leading double slash would lead to another host
        String path = request.getRequestURI().replaceFirst("^/+", "/");
        return path + (rest.isEmpty() ? "" : "?" + rest);
    }

    /** Sets the session's cookie, or takes it away. */
    static void setCookie(HttpServletRequest request, HttpServletResponse response, String value, boolean away) {
        response.addHeader(
                "Set-Cookie",
                Asked.cookieName(request) + "=" + value + "; Path=/; HttpOnly; SameSite=Strict"
                        + "; Max-Age=" + (away ? 0 : Sessions.LIFETIME.toSeconds())
                        + (request.isSecure() ? "; Secure" : ""));
    }
}
