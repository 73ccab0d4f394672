// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jopil.bench.CpuTime;
import org.jopil.bench.Loops;
import org.jopil.bpf.internal.Libc;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs to read a packet event from the kernel's ring: the sensor's own program fills it by test runs, then it is
 * emptied by the product's reader or by a C loop, and packets and bytes are added up per flow. One operation = one event.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RingBenchmark {
    private static final int EVENTS = 200_000;
    private static final int RING_BYTES = 64 << 20;
    private static final int FLOWS = 1024;
    private static final int EVENTS_OF_A_FLOW = 1000;

    private final long[] packets = new long[FLOWS];
    private final long[] bytes = new long[FLOWS];
    private final RingReader.Handler handler = this::record;

    private BenchSensor sensor;
    private BpfProgram program;
    private RingReader reader;
    private List<Ring> mapped;
    private Memory layout;
    private Memory packetSums;
    private Memory byteSums;
    private int flow;

    @Setup
    public void open() {
        sensor = new BenchSensor(0, RING_BYTES);
        program = sensor.program("jopil_xdp");
        sensor.region("control").putInt(Layout.CONTROL_SAMPLE_STEP_OFFSET, 1);
        reader = new RingReader(sensor.rings(), sensor.region("ring_control"), RING_BYTES);
        mapped = sensor.rings().stream()
                .map(ring -> Ring.open(NativeMap.of(ring)))
                .toList();
        layout = new Memory(5 * Integer.BYTES);
        layout.setInt(0, Layout.PACKET_EVENT_SPORT_OFFSET);
        layout.setInt(4, Layout.PACKET_EVENT_WEIGHT_OFFSET);
        layout.setInt(8, Layout.PACKET_EVENT_WIRE_BYTES_OFFSET);
        layout.setInt(12, Layout.PACKET_EVENT_TIMESTAMP_NS_OFFSET);
        layout.setInt(16, FLOWS - 1);
        packetSums = new Memory((long) FLOWS * Long.BYTES);
        byteSums = new Memory((long) FLOWS * Long.BYTES);
        packetSums.clear();
        byteSums.clear();
    }

    @Setup(Level.Invocation)
    public void fill() {
        for (int made = 0; made < EVENTS; made += EVENTS_OF_A_FLOW) {
            program.testRun(udpFrame(flow++), TestOptions.repeat(EVENTS_OF_A_FLOW));
        }
    }

    @TearDown
    public void close() {
        reader.close();
        mapped.forEach(Ring::close);
        sensor.close();
    }

    private void record(int cpu, MappedRegion data, long at, int length) {
        int flow = data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_SPORT_OFFSET) & FLOWS - 1;
        packets[flow] += data.getInt(at + Layout.PACKET_EVENT_WEIGHT_OFFSET);
        bytes[flow] += data.getInt(at + Layout.PACKET_EVENT_WIRE_BYTES_OFFSET)
                + data.getLong(at + Layout.PACKET_EVENT_TIMESTAMP_NS_OFFSET);
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long java() {
        return drain();
    }

    /** By plain JDK means: what a JVM without sun.misc.Unsafe does. */
    @Benchmark
    @OperationsPerInvocation(EVENTS)
    @Fork(jvmArgsAppend = "-Djopil.unsafe=false")
    public long javaBuffers() {
        return drain();
    }

    private long drain() {
        CpuTime.begin();
        long done = reader.drain(handler, Integer.MAX_VALUE);
        CpuTime.end(done);
        return complete(done);
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long c() {
        CpuTime.begin();
        long done = 0;
        for (Ring ring : mapped) {
            done += Loops.jopil_drain_ring(
                    ring.consumer.address(),
                    ring.data.address(),
                    ring.mask,
                    Libc.PAGE_BYTES,
                    Pointer.nativeValue(layout),
                    Pointer.nativeValue(packetSums),
                    Pointer.nativeValue(byteSums));
        }
        CpuTime.end(done);
        return complete(done);
    }

    private static long complete(long done) {
        if (done != EVENTS) {
            throw new IllegalStateException(done + " events of " + EVENTS);
        }
        return done;
    }

    /** Ethernet, IPv4, UDP from 10.0.0.1:1024+n to 10.0.0.2:53, 4 bytes of payload. */
    private static byte[] udpFrame(int n) {
        ByteBuffer frame = ByteBuffer.allocate(46);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
        frame.put((byte) 0x45).put((byte) 0).putShort((short) 32).putInt(0).put((byte) 64);
        frame.put((byte) 17).putShort((short) 0).putInt(0x0a000001).putInt(0x0a000002);
        frame.putShort((short) (1024 + n % FLOWS)).putShort((short) 53).putShort((short) 12);
        frame.putShort((short) 0);
        return frame.array();
    }
}
