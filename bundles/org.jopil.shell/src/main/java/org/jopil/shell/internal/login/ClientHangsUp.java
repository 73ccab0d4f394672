// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.command.CommandFactory;
import org.apache.sshd.server.session.ServerSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Leaves it to the client to end an ssh connection, as RFC 4254 §5.3 has it: a command's end closes its channel alone.
 * Karaf 4.4 closes the connection with it, whether or not the client has answered. A client that is a moment late then
 * ends with 255 after a command that went well ({@code client_loop: send disconnect: Broken pipe}), and one that runs
 * several commands over one connection loses the others.
 */
@Component(service = {})
public final class ClientHangsUp {
    private final SshServer server;
    private final CommandFactory karafs;

    @Activate
    public ClientHangsUp(@Reference SshServer server) {
        this.server = server;
        this.karafs = server.getCommandFactory();
        server.setCommandFactory((channel, line) -> new Unhurried(karafs.createCommand(channel, line)));
    }

    @Deactivate
    void restore() {
        server.setCommandFactory(karafs);
    }

    /** Karaf's command, which is shown a connection that it can't close. */
    private record Unhurried(Command command) implements Command {
        @Override
        public void start(ChannelSession channel, Environment env) throws IOException {
            ServerSession session = kept(channel.getServerSession());
            command.start(
                    new ChannelSession() {
                        @Override
                        public ServerSession getServerSession() {
                            return session;
                        }
                    },
                    env);
        }

        private static ServerSession kept(ServerSession session) {
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

        @Override
        public void destroy(ChannelSession channel) throws Exception {
            command.destroy(channel);
        }

        @Override
        public void setInputStream(InputStream in) {
            command.setInputStream(in);
        }

        @Override
        public void setOutputStream(OutputStream out) {
            command.setOutputStream(out);
        }

        @Override
        public void setErrorStream(OutputStream err) {
            command.setErrorStream(err);
        }

        @Override
        public void setExitCallback(ExitCallback callback) {
            command.setExitCallback(callback);
        }
    }
}
