// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * What reading one event costs: the product's program fills a ring, the reader empties it. From this module's folder, as
 * root: {@code mvn -o -q test-compile}, then {@code java -cp …/test-classes:…/classes:… org.jopil.bpf.RingReaderBench};
 * with {@code -Djopil.unsafe=false} by plain buffers.
 */
final class RingReaderBench {
    private static final int RING_BYTES = 64 << 20;
    private static final int EVENTS = 200_000;
    private static final int FLOWS = 1024;
    private static final int ROUNDS = 31;

    private static final long[] packets = new long[FLOWS];
    private static final long[] bytes = new long[FLOWS];

    private RingReaderBench() {}

    public static void main(String[] arguments) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        RingReader.Handler handler = (cpu, data, at, length) -> {
            int flow = data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_SPORT_OFFSET) & FLOWS - 1;
            packets[flow] += data.getInt(at + Layout.PACKET_EVENT_WEIGHT_OFFSET);
            bytes[flow] += data.getInt(at + Layout.PACKET_EVENT_WIRE_BYTES_OFFSET)
                    + data.getLong(at + Layout.PACKET_EVENT_TIMESTAMP_NS_OFFSET);
        };
        double[] ns = new double[ROUNDS];
        long allocated = 0;
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            sensor.sampleEvery(1);
            BpfProgram program = sensor.object.program("jopil_xdp");
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 1 << 16)) {
                for (int round = 0; round < ROUNDS; round++) {
                    program.testRun(TestSensor.udpFrame(round), TestOptions.repeat(EVENTS));
                    long before = threads.getThreadAllocatedBytes(
                            Thread.currentThread().getId());
                    long begin = threads.getCurrentThreadCpuTime();
                    int drained = 0;
                    for (int n = 1; n > 0; drained += n) {
                        n = reader.drain(handler, 1000);
                    }
                    ns[round] = (double) (threads.getCurrentThreadCpuTime() - begin) / drained;
                    if (round >= ROUNDS / 2) {
                        allocated += threads.getThreadAllocatedBytes(
                                        Thread.currentThread().getId())
                                - before;
                    }
                }
            }
        }
        double[] warm = Arrays.copyOfRange(ns, ROUNDS / 2, ROUNDS);
        Arrays.sort(warm);
        System.out.printf(
                "%s: median %.1f ns/event (%.1f to %.1f), %.4f bytes/event, first round %.1f%n",
                MappedRegion.accessName(),
                warm[warm.length / 2],
                warm[0],
                warm[warm.length - 1],
                (double) allocated / (warm.length * (double) EVENTS),
                ns[0]);
    }
}
