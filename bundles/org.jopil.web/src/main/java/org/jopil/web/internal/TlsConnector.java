// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import org.apache.felix.http.jetty.ConnectorFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for HTTPS on another address than loopback, where HTTP stays alone. The launcher asks for it by
 * {@code jopil.https.host} and {@code jopil.https.port}, with a certificate in PEM or the one that it made in
 * {@code DATA/tls}. TLS 1.2 and 1.3.
 */
@Component(service = {})
public final class TlsConnector implements ConnectorFactory {
    private static final Logger LOG = LoggerFactory.getLogger(TlsConnector.class);

    private final String host;
    private final String port;
    private final SslContextFactory.Server tls = new SslContextFactory.Server();
    private ServiceRegistration<ConnectorFactory> registration;

    @Activate
    public TlsConnector(BundleContext context) {
        host = text(context, "jopil.https.host");
        port = text(context, "jopil.https.port");
        if (host.isEmpty()) {
            return;
        }
        try {
            certificate(context);
            registration = context.registerService(ConnectorFactory.class, this, null);
        } catch (IOException | GeneralSecurityException e) {
            LOG.error("JOPIL-147 {}:{} does not listen: {}", host, port, e.toString());
        }
    }

    private static String text(BundleContext context, String property) {
        String value = context.getProperty(property);
        return value == null ? "" : value;
    }

    private void certificate(BundleContext context) throws IOException, GeneralSecurityException {
        String given = text(context, "jopil.https.certificate");
        String password;
        if (given.isEmpty()) {
            Path folder = Path.of(text(context, "jopil.data")).resolve("tls");
            password = Files.readString(folder.resolve("password")).strip();
            tls.setKeyStore(KeyStore.getInstance(folder.resolve("keystore.p12").toFile(), password.toCharArray()));
        } else {
            password = Tokens.random();
            tls.setKeyStore(
                    Pem.keyStore(Path.of(given), Path.of(text(context, "jopil.https.key")), password.toCharArray()));
        }
        tls.setKeyStorePassword(password);
        tls.setIncludeProtocols("TLSv1.3", "TLSv1.2");
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
        HttpConfiguration settings = new HttpConfiguration(
                first.getConnectionFactory(HttpConnectionFactory.class).getHttpConfiguration());
        // who asks by address sends no name to choose a certificate by; the Host header is checked as ever
        settings.addCustomizer(new SecureRequestCustomizer(false));
        ServerConnector connector = new ServerConnector(server, tls, new HttpConnectionFactory(settings));
        connector.setHost(host);
        connector.setPort(Integer.parseInt(port));
        connector.setIdleTimeout(first.getIdleTimeout());
        return connector;
    }
}
