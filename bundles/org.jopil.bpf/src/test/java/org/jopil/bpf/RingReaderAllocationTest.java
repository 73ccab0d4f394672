// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RingReaderAllocationTest {
    private static final int ROUNDS = 40;

    private long sum;

    @Test
    @Timeout(60)
    void shouldNotAllocatePerRecordNorPerWait() {
        Privileged.require();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (TestSensor sensor = new TestSensor(4 << 20)) {
            sensor.sampleEvery(1);
            BpfProgram program = sensor.object.program("jopil_xdp");
            byte[] header = new byte[Layout.PACKET_EVENT_DATA_LENGTH];
            RingReader.Handler handler = (cpu, data, at, length) -> {
                sum += data.getLong(at + Layout.PACKET_EVENT_TIMESTAMP_NS_OFFSET)
                        + data.getInt(at + Layout.PACKET_EVENT_WIRE_BYTES_OFFSET)
                        + data.getUnsignedShortBigEndian(at + Layout.PACKET_EVENT_SPORT_OFFSET);
                data.copy(
                        at + Layout.PACKET_EVENT_DATA_OFFSET,
                        header,
                        0,
                        data.getUnsignedShort(at + Layout.PACKET_EVENT_CAPTURED_BYTES_OFFSET));
            };
            try (RingReader reader = new RingReader(sensor.rings, sensor.region("ring_control", true), 1 << 16)) {
                long self = Thread.currentThread().getId();
                int clean = 0;
                StringBuilder told = new StringBuilder();
                for (int round = 0; round < ROUNDS; round++) {
                    program.testRun(TestSensor.udpFrame(0), TestOptions.repeat(10_000));
                    long before = threads.getThreadAllocatedBytes(self);
                    int drained = 0;
                    while (true) {
                        int n = reader.drain(handler, 1000);
                        if (n == 0) {
                            break;
                        }
                        drained += n;
                        reader.await(0);
                    }
                    long after = threads.getThreadAllocatedBytes(self);
                    assertTrue(drained > 5000, "drained " + drained);
                    clean += after == before ? 1 : 0;
                    told.append(' ').append(after - before);
                }
                // the first rounds are the compiler's and the interpreter's; later a path taken for the first time
                // links itself
                assertTrue(clean >= ROUNDS / 2, "bytes of each round of 10,000 records:" + told + ", " + sum);
            }
        }
    }
}
