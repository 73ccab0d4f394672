// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jopil.api.JopilException;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.source.PacketTraces;
import org.jopil.bpf.EpochClock;
import org.jopil.bpf.Layout;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.testkit.NothingHidden;
import org.jopil.tracer.internal.CollectingBus.Seen;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real packets over loopback, by this process. */
class JourneyEventsKernelTest {
    private static final int PORT = 17_441;
    private static final int MESSAGES = 40;
    private static final int BYTES = 64;
    /** So many that no packet is followed by chance. */
    private static final int NEARLY_NONE = 1_000_000;

    private static final int UDP = 17;

    /** More than a few in a jiffy are left out of a trace. */
    private static final long PAUSE_NS = 1_000_000;

    @BeforeEach
    void needRoot() {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
    }

    private static void talk(int port) throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        try (DatagramSocket receiver = new DatagramSocket(new InetSocketAddress(here, port));
                DatagramSocket sender = new DatagramSocket()) {
            receiver.setSoTimeout(5000);
            for (int i = 0; i < MESSAGES; i++) {
                sender.send(new DatagramPacket(new byte[BYTES], BYTES, here, port));
                receiver.receive(new DatagramPacket(new byte[BYTES], BYTES));
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }

    /** Rows of journeys to a port, in order of time. */
    private static List<List<Seen>> journeys(CollectingBus bus, int port) {
        Map<Long, List<Seen>> rows = new LinkedHashMap<>();
        for (Seen row : bus.seen()) {
            if (row.isFirst() && row.destinationPort() == port) {
                rows.put(row.journey(), new ArrayList<>());
            }
        }
        bus.seen().stream()
                .filter(row -> rows.containsKey(row.journey()))
                .sorted(Comparator.comparingLong(Seen::timestampNs))
                .forEach(row -> rows.get(row.journey()).add(row));
        return List.copyOf(rows.values());
    }

    private static Seen at(List<Seen> journey, JourneyHook hook) {
        return journey.stream().filter(row -> row.hook() == hook).findFirst().orElseThrow();
    }

    @Test
    void shouldNumberHooksAndEndsAsTheKernelHalfDoes() {
        assertEquals(Layout.JOURNEY_HOOKS, JourneyHook.values().length);
        assertEquals(Layout.JOURNEY_COPY, JourneyHook.COPY.ordinal());
        assertEquals(Layout.JOURNEY_QUEUE, JourneyHook.QUEUE.ordinal());
        assertEquals(Layout.JOURNEY_DROP, JourneyHook.DROP.ordinal());
        assertEquals(Layout.ENDS, JourneyEnd.values().length);
        assertEquals(Layout.END_NO_DATA, JourneyEnd.NO_DATA.ordinal());
        assertEquals(Layout.END_GONE_SENT, JourneyEnd.GONE_SENT.ordinal());
        assertEquals(Layout.END_ROW_FULL, JourneyEnd.ROW_FULL.ordinal());
    }

    @Test
    void shouldTellEachHookOfADatagramFromTheQueueToItsReader() throws IOException {
        CollectingBus bus = new CollectingBus();
        Instant begin = Instant.now();
        JourneyTracer tracer = new JourneyTracer(new NativeBpfLoader(), bus, new NothingHidden(), 1, true);
        try {
            talk(PORT);
        } finally {
            tracer.stop();
        }
        List<List<Seen>> journeys = journeys(bus, PORT);
        assertEquals(MESSAGES, journeys.size());
        int pid = (int) ProcessHandle.current().pid();
        int read = 0;
        for (List<Seen> journey : journeys) {
            Seen first = journey.get(0);
            assertEquals(JourneyHook.QUEUE, first.hook());
            assertEquals("127.0.0.1", first.source());
            assertEquals("127.0.0.1", first.destination());
            assertEquals(UDP, first.ipProtocol());
            assertEquals(20 + 8 + BYTES, first.length());
            assertEquals("lo", first.interfaceName());
            assertEquals("", first.namespace());
            assertNull(first.end());
            assertTrue(
                    first.timestampNs() > EpochClock.ns(begin)
                            && first.timestampNs() < EpochClock.ns(Instant.now()) + TimeUnit.SECONDS.toNanos(1),
                    first.toString());
            assertEquals(pid, at(journey, JourneyHook.SEND).pid());
            assertEquals("java", at(journey, JourneyHook.SEND).command());
            at(journey, JourneyHook.START_XMIT);
            at(journey, JourneyHook.RECEIVE);
            at(journey, JourneyHook.LOCAL_IN);
            read += (int) journey.stream()
                    .filter(row -> row.hook() == JourneyHook.READ && row.end() == JourneyEnd.READ && row.pid() == pid)
                    .count();
        }
        assertTrue(read >= MESSAGES - 2, () -> journeys.toString());
    }

    @Test
    void shouldTellWhoReadASegmentAndUpToWhere() throws IOException {
        CollectingBus bus = new CollectingBus();
        JourneyTracer tracer = new JourneyTracer(new NativeBpfLoader(), bus, new NothingHidden(), 1, true);
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            port = server.getLocalPort();
            client.getOutputStream().write(new byte[BYTES]);
            assertEquals(BYTES, accepted.getInputStream().readNBytes(BYTES).length);
        } finally {
            tracer.stop();
        }
        List<Seen> data = journeys(bus, port).stream()
                .filter(journey -> journey.stream().anyMatch(row -> row.hook() == JourneyHook.READ))
                .findFirst()
                .orElseThrow();
        Seen read = at(data, JourneyHook.READ);
        assertEquals(data.get(0).tcpSequence() + BYTES, read.tcpSequence());
        assertEquals((int) ProcessHandle.current().pid(), read.pid());
        assertEquals(0x18, data.get(0).tcpFlags(), "PSH, ACK");
        assertTrue(at(data, JourneyHook.DATA_READY).timestampNs() <= read.timestampNs());
    }

    @Test
    void shouldFollowWhatIsAskedForAndNothingElse() throws IOException {
        CollectingBus bus = new CollectingBus();
        JourneyTracer tracer = new JourneyTracer(new NativeBpfLoader(), bus, new NothingHidden(), NEARLY_NONE, true);
        PacketTraces.Condition wanted = new PacketTraces.Condition(UDP, "127.0.0.1", "", PORT, 0);
        try {
            try (PacketTraces.Trace trace = tracer.begin(wanted, Duration.ofSeconds(10))) {
                JopilException busy =
                        assertThrows(JopilException.class, () -> tracer.begin(wanted, Duration.ofSeconds(10)));
                assertEquals("JOPIL-117", busy.code());
                assertEquals(409, busy.status());
                talk(PORT);
                talk(PORT + 1);
                assertEquals(0, trace.leftOut());
            }
            talk(PORT + 2);
            tracer.begin(wanted, Duration.ofMillis(1)).close();
        } finally {
            tracer.stop();
        }
        assertEquals(MESSAGES, journeys(bus, PORT).size());
        assertTrue(bus.seen().stream()
                .filter(Seen::isFirst)
                .allMatch(row -> row.destinationPort() != PORT || row.isTraced()));
        assertTrue(journeys(bus, PORT + 1).size() + journeys(bus, PORT + 2).size() <= 1, "but for chance");
    }
}
