// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jopil.api.JopilException;
import org.jopil.audit.Audit;
import org.jopil.web.Exchange;
import org.jopil.web.JopilContext;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.RouteSource;
import org.jopil.web.Router;
import org.jopil.web.Shape;
import org.jopil.web.render.Format;
import org.jopil.web.render.Parameters;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** Signing in and out, tickets, tokens. */
@Component(service = {Servlet.class, RouteSource.class})
@HttpWhiteboardContextSelect(JopilContext.SELECT)
@HttpWhiteboardServletPattern({"/api/session", "/api/tickets", "/api/tokens/rotate"})
public final class AccessServlet extends HttpServlet implements RouteSource {
    private static final long serialVersionUID = 1L;

    /** Everybody may send a body here, also very slowly; they must not take all threads of the server with them. */
    private static final int SIGNING_IN_AT_ONCE = 8;

    private static final List<String> ROLES =
            Role.WITH_TOKEN.stream().map(Role::text).toList();

    private final transient Access access;
    private final transient Audit audit;
    private final transient Semaphore signingIn = new Semaphore(SIGNING_IN_AT_ONCE);
    private final transient Router router = new Router(List.of(
            Route.get("/api/session", "What whoever asks may do")
                    .answers(Shape.object("role", Shape.choice(ROLES)))
                    .to(this::role),
            Route.post("/api/session", "Signs a browser in with a token; the answer sets a cookie")
                    .by(Role.ANYONE)
                    .body("token", Shape.text())
                    .status(204)
                    .to(this::signIn),
            Route.delete("/api/session", "Signs out")
                    .by(Role.VIEWER)
                    .status(204)
                    .to(this::signOut),
            Route.post("/api/tickets", "Makes a ticket that signs a browser in once, within a minute: /?ticket=TICKET")
                    .body("role", Shape.choice(ROLES))
                    .formats(Format.JSON, Format.TEXT)
                    .status(201)
                    .answers(Shape.object(
                            "ticket", Shape.text(), "role", Shape.text(), "expires_in_seconds", Shape.integer()))
                    .to(this::ticket),
            Route.post("/api/tokens/rotate", "Replaces a token; the old one and its sessions end")
                    .body("role", Shape.choice(ROLES))
                    .formats(Format.JSON, Format.TEXT)
                    .answers(Shape.object("role", Shape.text(), "token", Shape.text()))
                    .to(this::rotate)));

    @Activate
    public AccessServlet(@Reference Access access, @Reference Audit audit) {
        this.access = access;
        this.audit = audit;
    }

    @Override
    public List<Route> routes() {
        return router.routes();
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        router.service(request, response);
    }

    private void role(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        exchange.send(Map.of("role", exchange.caller().role().text()));
    }

    private void signIn(Exchange exchange) throws IOException {
        String address = exchange.request().getRemoteAddr();
        Duration wait = access.logins().wait(address);
        if (!wait.isZero() || !signingIn.tryAcquire()) {
            long seconds = Math.max(1, wait.toSeconds());
            exchange.header("Retry-After", seconds);
            throw new JopilException(
                    "JOPIL-429",
                    429,
                    "Too many attempts to sign in",
                    "Try again in " + seconds + " s, or use the link of 'jopil url'. Bearer tokens still work.");
        }
        try {
            Object token = exchange.body("token").get("token");
            Role role = token instanceof String text ? access.tokens().roleOf(text.strip()) : Role.ANYONE;
            audit.record(new Audit.Event(
                    role.text(),
                    address,
                    "sign-in",
                    "by a token",
                    role == Role.ANYONE ? Audit.Event.REFUSED : Audit.Event.DONE));
            if (role == Role.ANYONE) {
                access.logins().failed(address);
                throw new JopilException(
                        "JOPIL-401",
                        401,
                        "This token is not accepted",
                        "'jopil token' prints the one of this instance; it is in the file 'token' of its data"
                                + " directory.");
            }
            access.sessions()
                    .open(role)
                    .ifPresent(
                            cookie -> SecuredContext.setCookie(exchange.request(), exchange.response(), cookie, false));
            exchange.noContent();
        } finally {
            signingIn.release();
        }
    }

    private void signOut(Exchange exchange) {
        exchange.caller().session().ifPresent(access.sessions()::close);
        SecuredContext.setCookie(exchange.request(), exchange.response(), "", true);
        exchange.noContent();
    }

    private void ticket(Exchange exchange) throws IOException {
        Role role = role(exchange.body("role"), Role.ADMIN);
        exchange.send(
                201,
                Shape.ordered(
                        "ticket",
                        access.tickets().issue(role),
                        "role",
                        role.text(),
                        "expires_in_seconds",
                        Tickets.LIFETIME.toSeconds()));
    }

    private void rotate(Exchange exchange) throws IOException {
        Role role = role(exchange.body("role"), null);
        exchange.send(
                Shape.ordered("role", role.text(), "token", access.tokens().rotate(role)));
    }

    private static Role role(Map<String, Object> body, Role otherwise) {
        Object role = body.get("role");
        if (role == null && otherwise != null) {
            return otherwise;
        }
        String name = role == null ? "" : role.toString();
        return Role.named(name).orElseThrow(() -> Parameters.bad("role", name, "one of " + String.join(", ", ROLES)));
    }
}
