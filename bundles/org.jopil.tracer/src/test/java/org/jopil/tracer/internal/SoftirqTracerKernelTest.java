// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jopil.api.JopilException;
import org.jopil.api.source.SoftirqSource.Times;
import org.jopil.api.source.SoftirqSource.Vector;
import org.jopil.bpf.NativeBpfLoader;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real datagrams over loopback, by this process: each is a run of the receive softirq. */
class SoftirqTracerKernelTest {
    private static final int DATAGRAMS = 2000;

    /** All CPUs together. */
    private static final class Sums {
        private long runs;
        private long delays;
        private long times;
        private long maxNs;

        private static Sums of(SoftirqTracer tracer, Vector wanted) {
            Sums sums = new Sums();
            tracer.read((cpu, vector, runs, delay, run) -> {
                assertEquals(delay.count(), inBuckets(delay));
                assertEquals(run.count(), inBuckets(run));
                if (vector == wanted) {
                    sums.runs += runs;
                    sums.delays += delay.count();
                    sums.times += run.count();
                    sums.maxNs = Math.max(sums.maxNs, run.maxNs());
                }
            });
            return sums;
        }

        private static long inBuckets(Times times) {
            return Arrays.stream(times.buckets()).sum();
        }
    }

    @BeforeEach
    void requireRoot() {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
    }

    private static void send() throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        try (DatagramSocket receiver = new DatagramSocket(new InetSocketAddress(here, 0));
                DatagramSocket sender = new DatagramSocket()) {
            for (int i = 0; i < DATAGRAMS; i++) {
                sender.send(new DatagramPacket(new byte[8], 8, here, receiver.getLocalPort()));
            }
        }
    }

    @Test
    void shouldMeasureEveryRunAndItsDelay() throws IOException {
        SoftirqTracer tracer = new SoftirqTracer(new NativeBpfLoader(), true);
        try {
            Sums before = Sums.of(tracer, Vector.NET_RX);
            send();
            Sums after = Sums.of(tracer, Vector.NET_RX);
            long runs = after.runs - before.runs;
            assertTrue(runs >= DATAGRAMS * 9 / 10, "runs " + runs);
            assertTrue(Math.abs(after.delays - before.delays - runs) <= 10, "delays of " + runs);
            assertTrue(Math.abs(after.times - before.times - runs) <= 10, "times of " + runs);
            assertTrue(after.maxNs > 0 && after.maxNs < TimeUnit.SECONDS.toNanos(10), "longest " + after.maxNs);
            assertTrue(tracer.window() > 0);
        } finally {
            tracer.stop();
        }
        assertEquals(
                "JOPIL-503",
                assertThrows(JopilException.class, () -> Sums.of(tracer, Vector.NET_RX))
                        .code());
    }

    @Test
    void shouldSayThatItIsOff() {
        SoftirqTracer tracer = new SoftirqTracer(new NativeBpfLoader(), false);
        JopilException off = assertThrows(JopilException.class, () -> Sums.of(tracer, Vector.NET_RX));
        assertEquals("JOPIL-118", off.code());
        tracer.stop();
    }
}
