// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Owners.Listener;
import org.jopil.api.source.Owners.Owner;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sockets of this process on loopback, by the addresses of their packets. */
class OwnerTracerKernelTest {
    private static final long SOON_NS = TimeUnit.SECONDS.toNanos(10);
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final long PID = ProcessHandle.current().pid();

    private OwnerTracer owners;

    @BeforeEach
    void load() {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
        owners = new OwnerTracer(new NativeBpfLoader(), new NothingHidden());
    }

    @AfterEach
    void unload() {
        if (owners != null) {
            owners.stop();
        }
    }

    private Optional<Owner> owner(int protocol, String src, int srcPort, String dst, int dstPort) {
        long[] from = Addresses.parse(src).orElseThrow();
        long[] to = Addresses.parse(dst).orElseThrow();
        return owners.of("", protocol, from[0], from[1], srcPort, to[0], to[1], dstPort);
    }

    private static void expect(String what, Supplier<Optional<Owner>> question) {
        long end = System.nanoTime() + SOON_NS;
        Optional<Owner> answer = question.get();
        while (answer.isEmpty() && System.nanoTime() < end) {
            LockSupport.parkNanos(50_000_000);
            answer = question.get();
        }
        assertEquals(PID, answer.orElseThrow(() -> new AssertionError(what)).pid(), what);
    }

    @Test
    void shouldKnowAUdpServerThatNobodyHasAskedYet() throws IOException {
        try (DatagramSocket server = new DatagramSocket(null)) {
            server.bind(new InetSocketAddress("0.0.0.0", 0));
            int port = server.getLocalPort();
            expect("to it", () -> owner(Protocols.UDP, "192.0.2.7", 5000, "127.0.0.1", port));
            expect("from it", () -> owner(Protocols.UDP, "127.0.0.1", port, "192.0.2.7", 5000));
            assertTrue(
                    owner(Protocols.UDP, "192.0.2.7", 5000, "192.0.2.8", port).isEmpty());
            Listener listener =
                    owners.listeners("", Protocols.UDP, port).orElseThrow().get(0);
            assertEquals(port, listener.port());
            assertEquals(PID, listener.owner().pid());
            assertEquals(
                    0, owners.listeners("", Protocols.TCP, port).orElseThrow().size());
            assertEquals(
                    0,
                    owners.listeners("owners-none", Protocols.UDP, port)
                            .orElseThrow()
                            .size());
        }
    }

    @Test
    void shouldKnowSocketsThatWereClosedAtOnce() throws IOException {
        int port;
        try (DatagramSocket client = new DatagramSocket()) {
            client.send(new DatagramPacket(new byte[1], 1, HERE, 9));
            port = client.getLocalPort();
        }
        expect("UDP", () -> owner(Protocols.UDP, "127.0.0.1", port, "127.0.0.1", 9));
        int connected;
        try (ServerSocket listener = new ServerSocket(0, 5, HERE)) {
            try (Socket client = new Socket(HERE, listener.getLocalPort());
                    Socket accepted = listener.accept()) {
                client.getOutputStream().write(1);
                assertEquals(1, accepted.getInputStream().read());
                connected = client.getLocalPort();
            }
            int to = listener.getLocalPort();
            expect("TCP", () -> owner(Protocols.TCP, "127.0.0.1", connected, "127.0.0.1", to));
        }
    }

    @Test
    void shouldAnswerInLessThanAMicrosecond() throws IOException {
        try (DatagramSocket server = new DatagramSocket(0, HERE)) {
            int port = server.getLocalPort();
            expect("to it", () -> owner(Protocols.UDP, "127.0.0.1", 5000, "127.0.0.1", port));
            long[] loopback = Addresses.parse("127.0.0.1").orElseThrow();
            long[] other = Addresses.parse("192.0.2.7").orElseThrow();
            int questions = 2_000_000;
            int known = 0;
            long begin = System.nanoTime();
            for (int i = 0; i < questions; i++) {
                known += owners.of("", 17, other[0], other[1], 1 + i % 60000, loopback[0], loopback[1], port)
                                .isPresent()
                        ? 1
                        : 0;
            }
            long ns = (System.nanoTime() - begin) / questions;
            assertEquals(questions, known);
            assertTrue(ns < 1000, ns + " ns a question");
        }
    }
}
