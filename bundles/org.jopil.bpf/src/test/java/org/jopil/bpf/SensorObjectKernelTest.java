// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SensorObjectKernelTest {
    private static final int RING_BYTES = 256 * 1024;
    private static final int XDP_PASS = 2;
    private static final int UDP = 17;
    private static final int MOST_VERIFIED = 80_000;

    @BeforeAll
    static void needsPrivileges() {
        Privileged.require();
    }

    /**
     * A verifier gives up after a million instructions. Linux 6.1 did with a flow table of thirty branches a bucket, which
     * took 147,000 on 6.18.
     */
    @Test
    void shouldBeVerifiedWithRoomForOlderKernels() {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            for (String program : List.of("jopil_xdp", "jopil_ingress", "jopil_egress")) {
                int verified = sensor.object.program(program).info().verifiedInstructions();
                assertTrue(verified > 0 && verified < MOST_VERIFIED, program + ": " + verified);
            }
        }
    }

    @Test
    void shouldCountFramesFlowsAndEvents() {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            sensor.sampleEvery(1);
            MappedRegion counters = sensor.region("counters", false);
            MappedRegion flows = sensor.region("flows4", false);
            BpfProgram program = sensor.object.program("jopil_xdp");
            for (int i = 0; i < 30; i++) {
                byte[] frame = TestSensor.udpFrame(i % 3);
                TestResult result = program.testRun(frame, TestOptions.ONCE);
                assertEquals(XDP_PASS, result.returnValue());
                assertArrayEquals(frame, result.frame());
            }
            long udp = Layout.COUNTERS_PROTOCOL_OFFSET + (long) UDP * Layout.COUNTER_SIZE;
            assertEquals(30, TestSensor.counter(counters, sensor.cpus, udp + Layout.COUNTER_PACKETS_OFFSET));
            assertEquals(30 * 46, TestSensor.counter(counters, sensor.cpus, udp + Layout.COUNTER_BYTES_OFFSET));
            assertEquals(30, TestSensor.counter(counters, sensor.cpus, Layout.COUNTERS_SUBMITTED_OFFSET));

            long[] packetsByFlow = new long[3];
            for (long at = 0; at + Layout.FLOW4_SLOT_SIZE <= flows.size(); at += Layout.FLOW4_SLOT_SIZE) {
                long packets = flows.getLongAcquire(at + Layout.FLOW4_SLOT_PACKETS_OFFSET);
                if (packets != 0) {
                    assertEquals(0x0a000001, flows.getIntBigEndian(at + Layout.FLOW4_KEY_SRC_OFFSET));
                    assertEquals(53, flows.getUnsignedShortBigEndian(at + Layout.FLOW4_KEY_DPORT_OFFSET));
                    assertEquals(
                            TestSensor.ATTACHMENT, flows.getUnsignedShort(at + Layout.FLOW4_KEY_ATTACHMENT_OFFSET));
                    assertEquals(46 * packets, flows.getLong(at + Layout.FLOW4_SLOT_BYTES_OFFSET));
                    int port = flows.getUnsignedShortBigEndian(at + Layout.FLOW4_KEY_SPORT_OFFSET);
                    packetsByFlow[port - 1000] += packets;
                }
            }
            assertArrayEquals(new long[] {10, 10, 10}, packetsByFlow);

            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 4096)) {
                int[] seen = new int[3];
                int drained = reader.drain(
                        (cpu, data, at, length) -> {
                            assertEquals(Layout.PACKET_EVENT_SIZE, length);
                            assertEquals(Layout.EVENT_PACKET, data.getInt(at + Layout.PACKET_EVENT_TYPE_OFFSET));
                            assertEquals(46, data.getInt(at + Layout.PACKET_EVENT_WIRE_BYTES_OFFSET));
                            int port = data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_SPORT_OFFSET);
                            int captured = data.getUnsignedShort(at + Layout.PACKET_EVENT_CAPTURED_BYTES_OFFSET);
                            byte[] headers = new byte[captured];
                            data.copy(at + Layout.PACKET_EVENT_DATA_OFFSET, headers, 0, captured);
                            assertArrayEquals(Arrays.copyOf(TestSensor.udpFrame(port - 1000), 42), headers);
                            seen[port - 1000]++;
                        },
                        1000);
                assertEquals(30, drained);
                assertArrayEquals(new int[] {10, 10, 10}, seen);
                assertEquals(0, reader.fullest());
            }
        }
    }

    @Test
    void shouldAccountForEveryEventWhenTheRingIsFull() {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            sensor.sampleEvery(1);
            MappedRegion counters = sensor.region("counters", false);
            sensor.object.program("jopil_xdp").testRun(TestSensor.udpFrame(0), TestOptions.repeat(5000));
            long submitted = TestSensor.counter(counters, sensor.cpus, Layout.COUNTERS_SUBMITTED_OFFSET);
            long full = TestSensor.counter(counters, sensor.cpus, Layout.COUNTERS_RING_FULL_OFFSET);
            assertEquals(5000, submitted + full);
            assertTrue(full > 0);
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 4096)) {
                assertTrue(reader.fullest() > 0.9 && reader.fullest() <= 1, reader.fullest() + " of the ring");
                long read = 0;
                for (int n = 1; n > 0; read += n) {
                    n = reader.drain((cpu, data, at, length) -> {}, 100);
                }
                assertEquals(submitted, read);
                // the room was given back
                sensor.object.program("jopil_xdp").testRun(TestSensor.udpFrame(0), TestOptions.repeat(10));
                assertEquals(10, reader.drain((cpu, data, at, length) -> {}, 100));
            }
        }
    }

    /** Two flows that take turns: every fourth packet would be of one of them alone. */
    @Test
    void shouldSampleWithWeightsThatAddUp() {
        try (TestSensor sensor = new TestSensor(1 << 21)) {
            BpfProgram program = sensor.object.program("jopil_xdp");
            MappedRegion counters = sensor.region("counters", false);
            MappedRegion control = sensor.region("control", true);
            long[] weights = new long[2];
            long[] events = new long[1];
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 4096)) {
                int[] steps = {1, 4, 256, 64, 1, 16};
                for (int step : steps) {
                    control.putInt(Layout.CONTROL_SAMPLE_STEP_OFFSET, step);
                    for (int i = 0; i < 4000; i++) {
                        program.testRun(TestSensor.udpFrame(i & 1), TestOptions.ONCE);
                    }
                    events[0] = 0;
                    while (reader.drain((cpu, data, at, length) -> add(data, at, weights, events), 1000) > 0) {
                        // to the end
                    }
                    assertTrue(
                            events[0] * step > 4000 / 4 && events[0] * step < 4000 * 2 + 2L * step,
                            events[0] + " events at step " + step);
                }
                long observed = TestSensor.counter(counters, sensor.cpus, Layout.COUNTERS_OBSERVED_OFFSET);
                assertEquals(4000L * steps.length, observed);
                assertEquals(0, TestSensor.counter(counters, sensor.cpus, Layout.COUNTERS_RING_FULL_OFFSET));
                long told = weights[0] + weights[1];
                assertTrue(observed >= told, observed + " observed, weights " + told);
                assertTrue(observed - told < 2L * 256 * sensor.cpus, observed + " observed, weights " + told);
                double share = (double) weights[0] / told;
                assertTrue(share > 0.4 && share < 0.6, "share of one of two flows " + share);
            }
        }
    }

    private static void add(MappedRegion data, long at, long[] weights, long[] events) {
        int flow = data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_SPORT_OFFSET) - 1000;
        weights[flow] += data.getInt(at + Layout.PACKET_EVENT_WEIGHT_OFFSET);
        events[0]++;
    }

    @Test
    void shouldTellNothingAtStepZero() {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            MappedRegion counters = sensor.region("counters", false);
            sensor.object.program("jopil_xdp").testRun(TestSensor.udpFrame(0), TestOptions.repeat(100));
            assertEquals(100, TestSensor.counter(counters, sensor.cpus, Layout.COUNTERS_SAMPLED_OUT_OFFSET));
            sensor.sampleEvery(1);
            sensor.object.program("jopil_xdp").testRun(TestSensor.udpFrame(0), TestOptions.ONCE);
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 4096)) {
                reader.drain(
                        (cpu, data, at, length) -> assertEquals(1, data.getInt(at + Layout.PACKET_EVENT_WEIGHT_OFFSET)),
                        10);
            }
        }
    }

    @Test
    void shouldGoOnAfterAHandlerThrew() {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            sensor.sampleEvery(1);
            sensor.object.program("jopil_xdp").testRun(TestSensor.udpFrame(0), TestOptions.repeat(1));
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 4096)) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> reader.drain(
                                (cpu, data, at, length) -> {
                                    throw new IllegalArgumentException();
                                },
                                10));
                assertEquals(0, reader.drain((cpu, data, at, length) -> {}, 10));
            }
        }
    }

    @Test
    void shouldBeWokenByTheKernelPastTheThresholdAndByWake() throws InterruptedException {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            MappedRegion control = sensor.region("control", true);
            control.putInt(Layout.CONTROL_SAMPLE_STEP_OFFSET, 1);
            control.putInt(Layout.CONTROL_WAKEUP_BYTES_OFFSET, 8192);
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 8192)) {
                BpfProgram program = sensor.object.program("jopil_xdp");
                reader.await(0);
                program.testRun(TestSensor.udpFrame(0), TestOptions.repeat(3));
                assertFalse(reader.await(1), "below the threshold");
                Thread burst = new Thread(() -> {
                    // keeps on: a burst that came before armed was set wakes nobody, by design
                    for (int i = 0; i < 100; i++) {
                        program.testRun(TestSensor.udpFrame(0), TestOptions.repeat(4));
                    }
                });
                burst.start();
                assertTrue(reader.await(5000), "woken by the kernel, or enough was there");
                burst.join();
                while (reader.drain((cpu, data, at, length) -> {}, 1000) > 0) {
                    // to the end
                }
                reader.wake();
                assertTrue(reader.await(5000), "woken by wake()");
                assertFalse(reader.await(1), "wake() counts once");
            }
        }
    }

    @Test
    void shouldShareMapsBetweenObjects() {
        try (TestSensor first = new TestSensor(RING_BYTES);
                BpfMap shared = first.object.map("control").duplicate();
                BpfObject second = first.loader.open("sensor.bpf.o")) {
            second.reuse("control", shared).maxEntries("rings", first.cpus).load();
            assertEquals(first.object.map("control").id(), second.map("control").id());
            first.object.close();
            assertThrows(IllegalStateException.class, () -> first.object.map("control"));
            try (MappedRegion region = second.map("control").map(true)) {
                region.putInt(Layout.CONTROL_SAMPLE_STEP_OFFSET, 5);
                byte[] value = second.map("control").lookup(0).orElseThrow();
                assertEquals(5, value[0]);
            }
        }
    }

    @Test
    void shouldReadPerCpuHash() {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            byte[] lldp = TestSensor.udpFrame(0);
            lldp[12] = (byte) 0x88;
            lldp[13] = (byte) 0xcc;
            for (int i = 0; i < 5; i++) {
                sensor.object.program("jopil_xdp").testRun(lldp, TestOptions.ONCE);
            }
            BpfMap map = sensor.object.map("non_ip");
            long[] packets = new long[1];
            map.forEach((key, value) -> {
                assertEquals(sensor.cpus * map.stride(), value.length);
                for (int cpu = 0; cpu < sensor.cpus; cpu++) {
                    packets[0] += value[cpu * map.stride()];
                }
            });
            assertEquals(5, packets[0]);
        }
    }

    @Test
    void shouldWaitForAGracePeriod() {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            long begin = System.nanoTime();
            sensor.object.map("rings").awaitGracePeriod(0, sensor.rings.get(0));
            assertTrue(System.nanoTime() - begin < 2_000_000_000L);
            assertThrows(
                    IllegalStateException.class,
                    () -> sensor.object.map("control").awaitGracePeriod(0, sensor.rings.get(0)));
        }
    }

    @Test
    void shouldRefuseWhatIsNotThere() {
        BpfLoader loader = new NativeBpfLoader();
        assertEquals(
                "ENOENT",
                assertThrows(BpfException.class, () -> loader.open("no.bpf.o")).errno());
        try (BpfObject object = loader.open("sensor.bpf.o")) {
            assertThrows(IllegalArgumentException.class, () -> object.constant("config", new byte[3]));
            assertThrows(IllegalArgumentException.class, () -> object.constant("none", new byte[3]));
            assertThrows(IllegalArgumentException.class, () -> object.maxEntries("none", 3));
            assertThrows(IllegalArgumentException.class, () -> object.autoload("none", false));
            assertThrows(IllegalStateException.class, () -> object.map("control"));
        }
    }

    @Test
    void shouldCloseTwiceAndLeaveNoFile() throws IOException {
        new TestSensor(RING_BYTES).close();
        long before = Privileged.openFiles();
        for (int i = 0; i < 3; i++) {
            TestSensor sensor = new TestSensor(RING_BYTES);
            RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 4096);
            BpfProgram program = sensor.object.program("jopil_xdp");
            BpfMap map = sensor.object.map("control");
            assertEquals("jopil_xdp", program.info().name());
            reader.close();
            reader.close();
            sensor.close();
            sensor.close();
            assertThrows(IllegalStateException.class, () -> program.testRun(TestSensor.udpFrame(0), TestOptions.ONCE));
            assertThrows(IllegalStateException.class, () -> map.lookup(0));
        }
        assertEquals(before, Privileged.openFiles());
    }

    @Test
    void shouldSurviveReadersOfRegionsThatWereClosed() throws InterruptedException {
        try (TestSensor sensor = new TestSensor(RING_BYTES)) {
            AtomicReference<MappedRegion> current =
                    new AtomicReference<>(sensor.object.map("flows4").map(true));
            AtomicBoolean stop = new AtomicBoolean();
            AtomicLong reads = new AtomicLong();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread reader = new Thread(() -> {
                byte[] block = new byte[256];
                try {
                    while (!stop.get()) {
                        MappedRegion region = current.get();
                        for (long at = 0; at + 256 <= region.size(); at += 256) {
                            region.getLongAcquire(at);
                            region.copy(at, block, 0, 256);
                            region.putLong(at, 0);
                        }
                        reads.incrementAndGet();
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            reader.start();
            for (int i = 0; i < 200; i++) {
                long begun = reads.get();
                MappedRegion next = sensor.object.map("flows4").map(true);
                MappedRegion old = current.get();
                old.close();
                assertEquals(0, old.getLong(0));
                current.set(next);
                if (i % 20 == 0) {
                    while (reads.get() < begun + 2 && failure.get() == null) {
                        Thread.onSpinWait();
                    }
                }
            }
            stop.set(true);
            reader.join();
            current.get().close();
            assertEquals(null, failure.get());
            assertTrue(reads.get() > 10);
        }
    }
}
