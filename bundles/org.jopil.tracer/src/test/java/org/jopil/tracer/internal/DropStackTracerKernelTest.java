// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jopil.api.JopilException;
import org.jopil.api.source.DropStacks.Period;
import org.jopil.api.source.DropStacks.Stack;
import org.jopil.bpf.NativeBpfLoader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real drops on the loopback. */
class DropStackTracerKernelTest {
    private static final int PACKETS = 200;
    private static final int CLOSED_PORT = 9;
    private static final int SECOND_NS = 1_000_000_000;

    @BeforeAll
    static void needRoot() {
        Root.need();
    }

    @Test
    void shouldShowTheWayToEveryDropWhileAskedFor() throws IOException {
        DropStackTracer tracer = new DropStackTracer(new NativeBpfLoader());
        try {
            assertEquals(Optional.empty(), tracer.latest());
            send(PACKETS);
            Period begun = tracer.take(Duration.ofSeconds(1));
            assertTrue(begun.running());
            send(PACKETS);
            assertEquals(begun.end(), tracer.take(Duration.ofSeconds(30)).end(), "the one that goes on");

            Period ended = awaitEnd(tracer);
            send(PACKETS);
            assertEquals(ended, tracer.latest().orElseThrow(), "nothing is taken afterwards");
            assertEquals(ended.observed(), ended.taken() + ended.leftOut() + ended.noRoom(), ended.toString());
            Stack stack = ended.stacks().stream()
                    .filter(s -> s.reason().equals("NO_SOCKET") && s.symbol().equals("__udp4_lib_rcv"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(ended));
            assertEquals(
                    "__udp4_lib_rcv+0x" + Long.toHexString(stack.offset()),
                    stack.frames().get(0));
            assertTrue(stack.frames().stream().anyMatch(f -> f.startsWith("ip_local_deliver")), stack.toString());
            assertTrue(stack.frames().stream().anyMatch(f -> f.startsWith("udp_sendmsg")), stack.toString());
            long taken = ended.stacks().stream()
                    .filter(s -> s.reason().equals("NO_SOCKET"))
                    .mapToLong(Stack::packets)
                    .sum();
            assertTrue(taken + ended.leftOut() >= PACKETS && stack.packets() <= taken, ended.toString());
        } finally {
            tracer.stop();
        }
        assertEquals(
                "JOPIL-503",
                assertThrows(JopilException.class, () -> tracer.take(Duration.ofSeconds(1)))
                        .code());
    }

    @Test
    void shouldTakeNoMoreThanItsShareOfAFlood() throws IOException {
        DropStackTracer tracer = new DropStackTracer(new NativeBpfLoader());
        try {
            tracer.take(Duration.ofSeconds(1));
            long sent = 0;
            while (tracer.latest().orElseThrow().running()) {
                send(10_000);
                sent += 10_000;
            }
            Period ended = awaitEnd(tracer);
            System.out.printf("flood: %d sent, %s observed, %s taken%n", sent, ended.observed(), ended.taken());
            assertTrue(ended.leftOut() > 0, ended.toString());
            assertEquals(ended.observed(), ended.taken() + ended.leftOut() + ended.noRoom(), ended.toString());
        } finally {
            tracer.stop();
        }
    }

    private static Period awaitEnd(DropStackTracer tracer) {
        long deadline = System.nanoTime() + 5L * SECOND_NS;
        while (tracer.latest().orElseThrow().running()) {
            assertFalse(System.nanoTime() > deadline, "it ends");
            LockSupport.parkNanos(SECOND_NS / 50);
        }
        return tracer.latest().orElseThrow();
    }

    private static void send(int packets) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            InetAddress to = InetAddress.getByName("127.0.0.1");
            for (int i = 0; i < packets; i++) {
                socket.send(new DatagramPacket(new byte[10], 10, to, CLOSED_PORT));
            }
        }
    }
}
