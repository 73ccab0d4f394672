// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jopil.web.Caller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Jetty's side of one connection. */
public final class Endpoint implements Session.Listener.AutoDemanding, Wire {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);
    private static final int MAX_MESSAGE_BYTES = 4096;
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final Hub hub;
    private final Caller caller;
    private volatile Session session;
    private volatile String peer = "";
    private volatile Client client;
    private final AtomicLong left = new AtomicLong();

    Endpoint(Hub hub, Caller caller) {
        this.hub = hub;
        this.caller = caller;
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        session = opened;
        peer = String.valueOf(opened.getRemoteSocketAddress()).replaceFirst("^/", "");
        opened.setMaxTextMessageSize(MAX_MESSAGE_BYTES);
        opened.setMaxBinaryMessageSize(MAX_MESSAGE_BYTES);
        opened.setIdleTimeout(IDLE);
        Optional<Client> joined = hub.join(this, caller);
        if (joined.isEmpty()) {
            close(1013, "Too many live clients");
        }
        client = joined.orElse(null);
    }

    @Override
    public void onWebSocketText(String message) {
        Client known = client;
        if (known != null) {
            hub.receive(known, message);
        }
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        callback.succeed();
        close(1003, "Only text is understood");
    }

    /** A client that goes without a word is nothing to tell: the default would log a warning with a trace. */
    @Override
    public void onWebSocketError(Throwable cause) {
        LOG.debug("{}: {}", peer, cause.toString());
        leave();
    }

    @Override
    public void onWebSocketClose(int status, String reason) {
        leave();
    }

    private void leave() {
        Client known = client;
        if (known != null) {
            hub.leave(known);
        }
    }

    @Override
    public void send(String text, Runnable sent, Runnable failed) {
        session.sendText(
                text,
                Callback.from(
                        () -> {
                            left.incrementAndGet();
                            sent.run();
                        },
                        cause -> failed.run()));
    }

    @Override
    public boolean isOpen() {
        return session.isOpen();
    }

    @Override
    public void ping() {
        session.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
    }

    @Override
    public void close(int status, String reason) {
        session.close(status, reason, Callback.NOOP);
    }

    @Override
    public void cut() {
        session.disconnect();
    }

    @Override
    public long sentMessages() {
        return left.get();
    }

    @Override
    public String peer() {
        return peer;
    }
}
