// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jopil.api.JopilException;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.event.Stage;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.LatencySource.Book;
import org.jopil.api.source.LatencySource.Histogram;
import org.jopil.bpf.Layout;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.PolledRing;
import org.jopil.bpf.RingReader;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real datagrams over loopback, by this process, every one followed. */
class JourneyTracerKernelTest {
    private static final int PORT = 17_431;
    private static final int MESSAGES = 50;
    /** On a busy machine one is now and then taken by a read that the kernel told of too late. */
    private static final int NOT_JOINED = 2;

    private static final long WAIT_NS = 20_000_000;

    @BeforeEach
    void needRoot() {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
    }

    /** Sends one, waits, reads it; what passed in between by this thread's clock, in all. */
    private static long talk(int messages) throws IOException {
        long waitedNs = 0;
        InetAddress here = InetAddress.getLoopbackAddress();
        try (DatagramSocket receiver = new DatagramSocket(new InetSocketAddress(here, PORT));
                DatagramSocket sender = new DatagramSocket()) {
            receiver.setSoTimeout(5000);
            for (int i = 0; i < messages; i++) {
                sender.send(new DatagramPacket(new byte[64], 64, here, PORT));
                long sent = System.nanoTime();
                LockSupport.parkNanos(WAIT_NS);
                waitedNs += System.nanoTime() - sent;
                receiver.receive(new DatagramPacket(new byte[64], 64));
            }
        }
        return waitedNs;
    }

    private static Map<Stage, Histogram> onPort(LatencySource source, int port) {
        Map<Stage, Histogram> found = new EnumMap<>(Stage.class);
        source.read(h -> {
            if (h.key().port() == port) {
                Histogram copy = new Histogram(
                        h.id(),
                        h.key(),
                        h.count(),
                        h.sumNs(),
                        h.maxNs(),
                        h.recentMaxNs(),
                        h.buckets().clone());
                found.put(h.key().stage(), copy);
            }
        });
        return found;
    }

    @Test
    void shouldMeasureHowLongDatagramsWaitAndForWhom() throws IOException {
        JourneyTracer tracer = new JourneyTracer(new NativeBpfLoader(), new NothingHidden(), 1, true, false);
        try {
            assertEquals(1, tracer.followOneIn());
            long waitedNs = talk(MESSAGES);
            Map<Stage, Histogram> stages = onPort(tracer, PORT);

            Histogram queue = stages.get(Stage.SOCKET_QUEUE);
            assertTrue(
                    queue.count() >= MESSAGES - NOT_JOINED, () -> tracer.book().toString());
            assertEquals(queue.count(), Arrays.stream(queue.buckets()).sum());
            assertEquals("lo", queue.key().interfaceName());
            assertEquals("", queue.key().namespace());
            assertEquals(17, queue.key().protocol());
            assertEquals(ProcessHandle.current().pid(), queue.key().pid());
            assertEquals("java", queue.key().command());
            assertEquals(queue.maxNs(), queue.recentMaxNs());
            double meanNs = waitedNs / (double) MESSAGES;
            assertEquals(meanNs, queue.sumNs() / (double) queue.count(), meanNs * 0.05 + 100_000);
            assertTrue(stages.get(Stage.NETFILTER).count() >= MESSAGES - NOT_JOINED);
            assertTrue(stages.get(Stage.TRANSPORT).count() >= MESSAGES - NOT_JOINED);
            assertEquals(0, stages.get(Stage.TRANSPORT).key().pid());

            talk(1);
            Histogram again = onPort(tracer, PORT).get(Stage.SOCKET_QUEUE);
            assertEquals(queue.id(), again.id());
            assertTrue(again.count() > queue.count(), again::toString);
            assertTrue(again.recentMaxNs() > 0 && again.recentMaxNs() <= again.maxNs(), again::toString);
            assertEquals(0, onPort(tracer, PORT).get(Stage.SOCKET_QUEUE).recentMaxNs());

            Book book = tracer.book();
            assertTrue(book.ended().get(JourneyEnd.READ) >= again.count(), book::toString);
            long ended =
                    book.ended().values().stream().mapToLong(Long::longValue).sum();
            assertTrue(book.begunReceive() + book.begunSend() >= ended, book::toString);
            assertEquals(0, book.eventsLost());
        } finally {
            tracer.stop();
        }
        assertEquals(
                "JOPIL-503", assertThrows(JopilException.class, tracer::book).code());
    }

    /** Bucket by bucket what comes of the stamps of the same packets at the two hooks. */
    @Test
    void shouldEqualTheStampsOfSingleHooks() throws IOException {
        JourneyTracer tracer = new JourneyTracer(new NativeBpfLoader(), new NothingHidden(), 1, true, true);
        Map<Long, Long> readyNs = new HashMap<>();
        int[] fromStamps = new int[LatencySource.BUCKETS];
        try (PolledRing ring = new PolledRing(tracer.events())) {
            talk(MESSAGES);
            Histogram queue = onPort(tracer, PORT).get(Stage.SOCKET_QUEUE);
            RingReader.Handler stamps = (cpu, data, at, length) -> {
                int hook = data.getUnsignedByte(at + Layout.JOURNEY_EVENT_HOOK_OFFSET);
                long id = data.getLong(at + Layout.JOURNEY_EVENT_ID_OFFSET);
                long ns = data.getLong(at + Layout.JOURNEY_EVENT_TIMESTAMP_NS_OFFSET);
                if (data.getUnsignedShort(at + Layout.JOURNEY_EVENT_PORT_OFFSET) != PORT) {
                    return;
                }
                if (hook == JourneyHook.DATA_READY.ordinal()) {
                    readyNs.put(id, ns);
                } else if (hook == JourneyHook.READ.ordinal() && readyNs.containsKey(id)) {
                    fromStamps[bucket(ns - readyNs.get(id))]++;
                }
            };
            while (ring.drain(stamps, 1000) > 0) {}
            assertEquals(0, tracer.book().eventsLost());
            assertTrue(
                    queue.count() >= MESSAGES - NOT_JOINED, () -> tracer.book().toString());
            assertArrayEquals(fromStamps, queue.buckets());
        } finally {
            tracer.stop();
        }
    }

    private static int bucket(long ns) {
        int bucket = LatencySource.BUCKETS - 1;
        while (LatencySource.lowerNs(bucket) > ns) {
            bucket--;
        }
        return bucket;
    }

    @Test
    void shouldMeasureBesideAnother() throws IOException {
        JourneyTracer first = new JourneyTracer(new NativeBpfLoader(), new NothingHidden(), 1, true, false);
        JourneyTracer second = new JourneyTracer(new NativeBpfLoader(), new NothingHidden(), 1, true, false);
        try {
            talk(1);
            for (JourneyTracer tracer : List.of(first, second)) {
                assertTrue(onPort(tracer, PORT).containsKey(Stage.NETFILTER), () -> tracer.missing()
                        .toString());
            }
        } finally {
            second.stop();
            first.stop();
        }
    }

    @Test
    void shouldSayThatNothingIsFollowed() {
        JourneyTracer tracer = new JourneyTracer(new NativeBpfLoader(), new NothingHidden(), 0, true, false);
        assertEquals(
                "JOPIL-107",
                assertThrows(JopilException.class, () -> tracer.read(h -> {})).code());
        assertEquals(
                "JOPIL-107",
                assertThrows(JopilException.class, tracer::followOneIn).code());
        tracer.stop();
    }
}
