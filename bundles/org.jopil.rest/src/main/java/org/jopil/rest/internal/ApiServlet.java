// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.jopil.web.JopilContext;
import org.jopil.web.Route;
import org.jopil.web.RouteSource;
import org.jopil.web.Router;
import org.jopil.web.Routes;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** Everything under /api that no other servlet serves. */
@Component(service = {Servlet.class, RouteSource.class})
@HttpWhiteboardContextSelect(JopilContext.SELECT)
@HttpWhiteboardServletPattern("/api/*")
@HttpWhiteboardServletAsyncSupported
public final class ApiServlet extends HttpServlet implements RouteSource {
    private static final long serialVersionUID = 1L;

    private final transient Router router;
    private final transient Followers followers = new Followers();

    @Activate
    public ApiServlet(@Reference Services services, @Reference Routes routes) {
        Lists lists = new Lists(services, followers);
        router = new Router(Stream.of(
                        new HealthResource(services).routes(),
                        new StatsResource(services).routes(),
                        new FlowsResource(lists).routes(),
                        new PacketsResource(lists).routes(),
                        new DropsResource(services, lists).routes(),
                        new CaptureResource(services).routes(),
                        new ReplayResource(services).routes(),
                        new JourneyGraphResource(services, lists).routes(),
                        new LatencyResource(services, lists).routes(),
                        new InterfacesResource(services, lists).routes(),
                        new ReportsResource(services, lists).routes(),
                        new AnalyzersResource(services, lists).routes(),
                        new CostResource(services, lists).routes(),
                        new LedgerResource(services).routes(),
                        new DoctorResource(services, lists).routes(),
                        new PrivacyResource(services).routes(),
                        new AuditResource(services, lists).routes(),
                        new WhyResource(services).routes(),
                        new VersionResource().routes(),
                        new JourneysResource(services, lists).routes(),
                        new OpenApiResource(routes).routes())
                .flatMap(List::stream)
                .toList());
    }

    @Deactivate
    public void stop() {
        followers.close();
    }

    @Override
    public List<Route> routes() {
        return router.routes();
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        router.service(request, response);
    }
}
