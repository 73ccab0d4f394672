// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServerContainer;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Reports;
import org.jopil.api.source.HandOffs;
import org.jopil.stats.Stats;
import org.jopil.web.Caller;
import org.jopil.web.Exchange;
import org.jopil.web.JopilContext;
import org.jopil.web.Route;
import org.jopil.web.Router;
import org.jopil.web.WebClients;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Version;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** {@code /ws}. The upgrade is done by hand: it passes the context's access check, and goes with this bundle. */
@Component(service = {Servlet.class, WebClients.class, HandOffs.class})
@HttpWhiteboardContextSelect(JopilContext.SELECT)
@HttpWhiteboardServletPattern("/ws")
@HttpWhiteboardServletAsyncSupported
public final class StreamServlet extends HttpServlet implements WebClients, HandOffs {
    private static final long serialVersionUID = 1L;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private transient volatile Reports reports;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private transient volatile Filters filters;

    private final transient Hub hub;
    private final transient Stats.Listening listening;
    private final transient Router router = new Router(List.of(
            Route.get("/ws", "Live messages; the upgrade to a WebSocket").to(this::upgrade)));

    @Activate
    public StreamServlet(BundleContext context, @Reference Stats stats) {
        hub = new Hub(() -> reports, () -> filters, text(context.getBundle().getVersion()));
        stats.latest().ifPresent(hub::snapshot);
        listening = stats.listen(hub::snapshot);
        hub.start();
    }

    @Deactivate
    public void stop() {
        listening.close();
        hub.stop();
    }

    private static String text(Version version) {
        String qualifier = version.getQualifier().isEmpty() ? "" : "-" + version.getQualifier();
        return version.getMajor() + "." + version.getMinor() + "." + version.getMicro() + qualifier;
    }

    @Override
    public List<Client> list() {
        return hub.list();
    }

    @Override
    public List<HandOff> handOffs() {
        return hub.list().stream()
                .map(c -> new HandOff(WEB_CLIENT, c.name(), c.offered(), c.sent(), 0, c.shed(), c.queued()))
                .toList();
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        router.service(request, response);
    }

    private void upgrade(Exchange exchange) throws IOException {
        HttpServletRequest request = exchange.request();
        if (!"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
            exchange.header("Upgrade", "websocket");
            throw new JopilException(
                    "JOPIL-426", 426, "This is a WebSocket", "Connect with a WebSocket client: ws://…/ws.");
        }
        if (hub.isFull()) {
            throw new JopilException(
                    "JOPIL-503", 503, "Too many live clients", "At most " + Hub.MOST_CLIENTS + " can be connected.");
        }
        Caller caller = exchange.caller();
        JettyWebSocketServerContainer container = JettyWebSocketServerContainer.getContainer(getServletContext());
        boolean upgraded =
                container.upgrade((asked, answer) -> new Endpoint(hub, caller), request, exchange.response());
        if (!upgraded && !exchange.response().isCommitted()) {
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    "The WebSocket handshake is not complete",
                    "It needs Connection: Upgrade, Sec-WebSocket-Key and Sec-WebSocket-Version: 13 (RFC 6455).");
        }
    }
}
