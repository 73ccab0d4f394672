// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;
import org.jopil.api.filter.FilterException;
import org.jopil.web.render.Problem;
import org.jopil.web.render.Units;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the route of a request and turns every exception into a problem. Any thread. */
public final class Router {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    private final List<Route> routes;

    public Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    public List<Route> routes() {
        return routes;
    }

    /** Answers; to be called by {@code HttpServlet.service}, so that no method slips by. */
    public void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            dispatch(request, response);
        } catch (JopilException e) {
            send(response, Problem.of(e));
        } catch (FilterException e) {
            send(response, Problem.of(Problem.ofFilter(e)));
        } catch (IOException e) {
            // the client has gone or does not go on; the container would log it as an error of ours, for everybody who
            // lets a connection drop
            LOG.debug("{} {} was broken off", request.getMethod(), request.getRequestURI(), e);
            if (!response.isCommitted()) {
                response.resetBuffer();
                response.setStatus(408);
                response.setHeader("Connection", "close");
            }
        } catch (Exception | LinkageError e) {
            send(response, internal(request, e));
        }
    }

    /** Logs what nobody expected, and makes the answer that refers to the log. */
    public static Problem internal(HttpServletRequest request, Throwable cause) {
        String reference = UUID.randomUUID().toString().substring(0, 8);
        LOG.error("{} {} failed, reference {}", request.getMethod(), request.getRequestURI(), reference, cause);
        return Problem.internal(reference);
    }

    private void dispatch(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String path = path(request);
        String method = request.getMethod().equals("HEAD") ? "GET" : request.getMethod();
        Set<String> allowed = new LinkedHashSet<>();
        for (Route route : routes) {
            Optional<Map<String, String>> values = route.match(path);
            if (values.isEmpty()) {
                continue;
            }
            if (route.method().equals(method)) {
                // the context has checked this before; a servlet that forgets the context must not lose it
                if (!Caller.of(request).role().may(route.role())) {
                    throw new JopilException("JOPIL-403", 403, "Not allowed", "This needs another token.");
                }
                route.handler().handle(new Exchange(request, response, values.get()));
                return;
            }
            allowed.add(route.method());
            if (route.method().equals("GET")) {
                allowed.add("HEAD");
            }
        }
        if (allowed.isEmpty()) {
            List<String> paths = routes.stream().map(Route::path).distinct().toList();
            throw new JopilException(
                    "JOPIL-404",
                    404,
                    "There is nothing at " + Units.safe(path),
                    NearNames.hint(path, paths) + "GET /api/openapi.json lists everything.");
        }
        response.setHeader("Allow", String.join(", ", allowed));
        throw new JopilException(
                "JOPIL-405",
                405,
                "The method does not fit",
                Units.safe(request.getMethod()) + " is not possible here, only " + String.join(", ", allowed) + ".");
    }

    /** Decoded, as the servlet container understood it. */
    public static String path(HttpServletRequest request) {
        String info = request.getPathInfo();
        String path = request.getServletPath() + (info == null ? "" : info);
        // the default servlet at the root itself has neither
        return path.isEmpty() ? "/" : path;
    }

    /** Writes a problem; if the answer has begun already it can only be broken off. */
    public static void send(HttpServletResponse response, Problem problem) throws IOException {
        if (response.isCommitted()) {
            throw new IOException("broken off: " + problem.json());
        }
        response.resetBuffer();
        response.setStatus(problem.status());
        response.setContentType(Problem.CONTENT_TYPE);
        byte[] json = problem.json().getBytes(StandardCharsets.UTF_8);
        response.setContentLength(json.length);
        response.getOutputStream().write(json);
    }
}
