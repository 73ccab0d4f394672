// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.jopil.api.JopilException;
import org.jopil.web.Exchange;
import org.jopil.web.JopilContext;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.RouteSource;
import org.jopil.web.Router;
import org.jopil.web.Shape;
import org.jopil.web.render.Parameters;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/**
 * {@code POST /api/command {"args":["flows","tcp port 443","--limit","5"]}}: the shell's command, with the caller's role.
 * As JSON the answer is {@code stdout}, {@code stderr} and {@code status}; as text it is what the command writes, with
 * the exit status in the header {@code X-Exit-Status}, and an error's text with the fitting HTTP status.
 */
@Component(service = {Servlet.class, RouteSource.class})
@HttpWhiteboardContextSelect(JopilContext.SELECT)
@HttpWhiteboardServletPattern("/api/command")
@HttpWhiteboardServletAsyncSupported
public final class CommandServlet extends HttpServlet implements RouteSource {
    private static final long serialVersionUID = 1L;
    private static final Pattern VERB = Pattern.compile("[a-z][a-z0-9-]{0,40}");
    private static final int MOST_ARGUMENTS = 200;
    private static final int MOST_AT_A_TIME = 32;

    private final transient SessionFactory sessions;
    private final transient CommandAudit audit;
    private final transient Router router;
    private final transient Set<Thread> running = ConcurrentHashMap.newKeySet();

    @Activate
    public CommandServlet(@Reference SessionFactory sessions, @Reference CommandAudit audit) {
        this.sessions = sessions;
        this.audit = audit;
        this.router = new Router(List.of(Route.post("/api/command", "Runs a command of the shell's scope jopil")
                .by(Role.VIEWER)
                .body("args", Shape.array(Shape.text()))
                .answers(Shape.object("stdout", Shape.text(), "stderr", Shape.text(), "status", Shape.integer()))
                .to(this::run)));
    }

    @Deactivate
    void stop() {
        running.forEach(Thread::interrupt);
    }

    @Override
    public List<Route> routes() {
        return router.routes();
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        router.service(request, response);
    }

    private void run(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        List<String> arguments = arguments(exchange.body("args").get("args"));
        String verb = arguments.get(0);
        if (!VERB.matcher(verb).matches()) {
            throw Parameters.bad("args", verb, "a verb first: small letters, digits, hyphens");
        }
        if (running.size() >= MOST_AT_A_TIME) {
            throw new JopilException(
                    "JOPIL-503", 503, "Too many commands", "At most " + MOST_AT_A_TIME + " can run at a time.");
        }
        AsyncContext async = exchange.request().startAsync();
        async.setTimeout(0);
        CommandRun run = new CommandRun(sessions, audit, arguments, exchange);
        // a thread of its own: Karaf remembers per thread which commands a role may see
        Thread thread = new Thread(
                () -> {
                    try {
                        run.run();
                    } finally {
                        running.remove(Thread.currentThread());
                        async.complete();
                    }
                },
                "jopil-command-" + verb);
        thread.setDaemon(true);
        running.add(thread);
        thread.start();
    }

    private static List<String> arguments(Object given) {
        boolean texts = given instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
        if (!texts || ((List<?>) given).isEmpty() || ((List<?>) given).size() > MOST_ARGUMENTS) {
            throw Parameters.bad("args", String.valueOf(given), "a list of a verb and its words, 1 to 200 texts");
        }
        return ((List<?>) given).stream().map(String.class::cast).toList();
    }
}
