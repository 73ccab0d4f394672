// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.api.source.Owners.Owner;
import org.jopil.api.source.TcpSource;
import org.jopil.api.source.TcpSource.Connection;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real connections over loopback, by this process. */
class TcpTracerKernelTest {
    private static final int ACCEPT_LIMIT = 5;
    private static final byte[] HELLO = new byte[1000];
    private static final long SOON_NS = TimeUnit.SECONDS.toNanos(10);

    private ServerSocket listener;
    private Socket client;
    private Socket accepted;

    @BeforeEach
    void connect() throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
        listener = new ServerSocket(0, ACCEPT_LIMIT, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void disconnect() throws IOException {
        for (AutoCloseable open : Stream.of(client, accepted, listener)
                .filter(o -> o != null)
                .map(AutoCloseable.class::cast)
                .toList()) {
            try {
                open.close();
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }

    private void talk() throws IOException {
        client = new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort());
        accepted = listener.accept();
        client.getOutputStream().write(HELLO);
        assertEquals(HELLO.length, accepted.getInputStream().readNBytes(HELLO.length).length);
    }

    private List<Connection> on(TcpTracer tracer, int localPort) {
        Stream.Builder<Connection> found = Stream.builder();
        tracer.read(connection -> {
            if (connection.localPort() == localPort) {
                found.add(connection);
            }
        });
        return found.build().toList();
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + SOON_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            LockSupport.parkNanos(20_000_000);
        }
    }

    @Test
    void shouldFollowAConnectionFromItsHandshakeToItsEnd() throws IOException {
        TcpTracer tracer = new TcpTracer(new NativeBpfLoader(), new NothingHidden());
        try {
            talk();
            int clientPort = client.getLocalPort();
            Connection seen = on(tracer, clientPort).get(0);
            assertEquals("established", seen.state());
            assertEquals("127.0.0.1", seen.localIp());
            assertEquals("127.0.0.1", seen.remoteIp());
            assertEquals(listener.getLocalPort(), seen.remotePort());
            assertEquals(Boolean.TRUE, seen.openedByUs());
            assertTrue(seen.handshakeUs() >= 0 && seen.handshakeUs() < 1_000_000, seen.toString());
            assertTrue(seen.path().srttUs() > 0 && seen.path().cwnd() > 0, seen.toString());
            assertEquals("", seen.namespace());
            List<String> others = on(tracer, listener.getLocalPort()).stream()
                    .map(Connection::state)
                    .sorted()
                    .toList();
            assertEquals(List.of("established", "listen"), others);
            Connection listening = on(tracer, listener.getLocalPort()).stream()
                    .filter(c -> c.state().equals("listen"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(ACCEPT_LIMIT, listening.traffic().acceptLimit());
            assertEquals(0, listening.troubles().drops());
            assertEquals(-1, seen.traffic().acceptLimit());

            client.close();
            accepted.close();
            await("the end of it", () -> on(tracer, clientPort).stream()
                    .anyMatch(c -> c.state().equals("closed")));
            Connection ended = on(tracer, clientPort).stream()
                    .filter(c -> c.state().equals("closed"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(seen.socketCookie(), ended.socketCookie());
            assertTrue(ended.traffic().bytesAcked() >= HELLO.length, ended.toString());
            assertEquals(0, tracer.lost());
            TcpSource.Sums sums = tracer.sums().orElseThrow();
            assertTrue(sums.opened() >= 1 && sums.accepted() >= 1, sums.toString());
            await(
                    "the account",
                    () -> tracer.handOffs().size() == 2
                            && tracer.handOffs().get(1).passed() >= 2);
            for (HandOff place : tracer.handOffs()) {
                assertEquals(0, place.difference(), place.toString());
            }
            assertTrue(tracer.programs().stream().anyMatch(p -> p.name().equals("jopil_tcp_state")));
        } finally {
            tracer.stop();
        }
    }

    @Test
    void shouldKnowConnectionsAndOwnersFromBefore() throws IOException {
        talk();
        NativeBpfLoader loader = new NativeBpfLoader();
        TcpTracer tracer = new TcpTracer(loader, new NothingHidden());
        OwnerTracer owners = new OwnerTracer(loader, new NothingHidden());
        try {
            Connection seen = on(tracer, client.getLocalPort()).get(0);
            assertEquals("established", seen.state());
            assertNull(seen.openedByUs());
            assertEquals(-1, seen.handshakeUs(), "was before");
            await("its process", () -> owners.of(seen.socketCookie()).isPresent());
            Owner owner = owners.of(seen.socketCookie()).orElseThrow();
            assertEquals(ProcessHandle.current().pid(), owner.pid());
            assertEquals("java[" + ProcessHandle.current().pid() + "]", owner.text());
            assertTrue(owners.of(0).isEmpty());
            assertTrue(owners.of(Long.MAX_VALUE).isEmpty());
        } finally {
            owners.stop();
            tracer.stop();
        }
        assertTrue(owners.of(1).isEmpty());
    }
}
