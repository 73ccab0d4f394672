// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.channel.ChannelSessionFactory;
import org.apache.sshd.server.session.ServerSession;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Makes the end of a command over ssh sure (RFC 4254 §5.3, §6.10). By itself Karaf 4.4.10 closes the whole connection
 * once a command has ended, and Apache sshd 2.17 writes the exit status behind the end of the output, to which the
 * client may already have answered by closing the channel. Either way a command that went well ends with 255 now and
 * then ({@code client_loop: send disconnect: Broken pipe}, or nothing said at all), and the commands beside it on the
 * same connection are lost.
 */
@Component(service = {})
public final class SshChannels {
    private final Map<SshServer, List<ChannelFactory>> originals = new ConcurrentHashMap<>();

    /** Karaf registers another server when its settings come late, and leaves the one before registered, stopped. */
    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    void add(SshServer server) {
        List<ChannelFactory> original = List.copyOf(server.getChannelFactories());
        originals.put(server, original);
        server.setChannelFactories(original.stream()
                .map(factory -> factory instanceof ChannelSessionFactory ? new Factory() : factory)
                .toList());
    }

    void remove(SshServer server) {
        server.setChannelFactories(originals.remove(server));
    }

    private static final class Factory extends ChannelSessionFactory {
        @Override
        public Channel createChannel(Session session) {
            return new SureEnd();
        }
    }

    private static final class SureEnd extends ChannelSession {
        /** The connection as a command sees it: not its own to close. */
        @Override
        public ServerSession getServerSession() {
            ServerSession session = super.getServerSession();
            return (ServerSession) Proxy.newProxyInstance(
                    ServerSession.class.getClassLoader(),
                    new Class<?>[] {ServerSession.class},
                    (self, method, args) -> {
                        if (method.getName().equals("close")) {
                            return null;
                        }
                        try {
                            return method.invoke(session, args);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        /** The exit status before the end of the output: as long as the client has a reason to keep the channel. */
        @Override
        protected void closeShell(int exitStatus, boolean immediately) throws IOException {
            if (!isClosing()) {
                if (out != null) {
                    out.close();
                }
                sendExitStatus(exitStatus);
            }
            super.closeShell(exitStatus, immediately);
        }
    }
}
