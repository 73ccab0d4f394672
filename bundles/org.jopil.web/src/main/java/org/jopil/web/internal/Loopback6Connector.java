// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import org.apache.felix.http.jetty.ConnectorFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * Listens on {@code ::1} beside 127.0.0.1, because Felix HTTP binds one address only. The launcher asks for it by
 * {@code jopil.http.loopback6} where the machine has IPv6.
 */
@Component(service = {})
public final class Loopback6Connector implements ConnectorFactory {
    private final int port;
    private final ServiceRegistration<ConnectorFactory> registration;

    @Activate
    public Loopback6Connector(BundleContext context) {
        port = Integer.parseInt(String.valueOf(context.getProperty("jopil.http.port")));
        registration = Boolean.parseBoolean(context.getProperty("jopil.http.loopback6"))
                ? context.registerService(ConnectorFactory.class, this, null)
                : null;
    }

    @Deactivate
    void deactivate() {
        if (registration != null) {
            registration.unregister();
        }
    }

    @Override
    public Connector createConnector(Server server) {
        // the first connector's limits and timeouts hold here, too
        ServerConnector first = (ServerConnector) server.getConnectors()[0];
        HttpConnectionFactory http = first.getConnectionFactory(HttpConnectionFactory.class);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http.getHttpConfiguration()));
        connector.setHost("::1");
        connector.setPort(port);
        connector.setIdleTimeout(first.getIdleTimeout());
        return connector;
    }
}
