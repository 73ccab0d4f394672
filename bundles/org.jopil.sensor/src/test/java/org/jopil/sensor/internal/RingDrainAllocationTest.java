// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import org.jopil.api.event.Direction;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Ledger;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.bus.DropWriter;
import org.jopil.bus.EventBus;
import org.jopil.bus.FlowWriter;
import org.jopil.bus.JourneyWriter;
import org.jopil.bus.PacketColumns;
import org.jopil.bus.PacketWriter;
import org.jopil.bus.PayloadColumns;
import org.jopil.bus.PayloadWriter;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a packet event and a flow cost the heap: nothing. */
@Timeout(60)
class RingDrainAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int WARM_UP = 30_000;
    private static final int DATAGRAMS = 30_000;

    /** One batch, over and over. */
    private static final class OneBatch implements EventBus, PacketWriter {
        private final PacketColumns columns = new PacketColumns();
        private final PayloadColumns payload = new PayloadColumns();
        private final PayloadWriter payloads = new PayloadWriter() {
            @Override
            public PayloadColumns columns() {
                return payload;
            }

            @Override
            public void publish() {
                payload.size = 0;
            }

            @Override
            public long rows() {
                return 0;
            }
        };
        private volatile long rows;

        @Override
        public PacketWriter packets() {
            return this;
        }

        @Override
        public FlowWriter flows() {
            throw new UnsupportedOperationException();
        }

        @Override
        public DropWriter drops() {
            throw new UnsupportedOperationException();
        }

        @Override
        public JourneyWriter journeys() {
            throw new UnsupportedOperationException();
        }

        @Override
        public PayloadWriter payloads() {
            return payloads;
        }

        @Override
        public FlowSource hidden(FlowSource source) {
            return source;
        }

        @Override
        public void wake() {}

        @Override
        public long deliveredPackets() {
            return rows;
        }

        @Override
        public List<Ledger.Subscriber> subscribers() {
            return List.of();
        }

        @Override
        public PacketColumns columns() {
            return columns;
        }

        @Override
        public boolean publish() {
            long before = rows;
            rows = before + columns.size;
            columns.size = 0;
            return false;
        }
    }

    @Test
    void shouldAllocateNothingPerEventAndPerFlow() {
        Machine.require();
        OneBatch bus = new OneBatch();
        try (Machine machine = new Machine()) {
            String name = machine.a + "/va";
            Sensor sensor = new Sensor(
                    new NativeBpfLoader(),
                    bus,
                    new NothingHidden(),
                    Configs.of(Map.of("interfaces", machine.a + "/lo", "packet_events_per_second", 10_000_000)),
                    null,
                    NetworkNamespace.current());
            try (FlowSource.Claim claim = sensor.flowSource().claim()) {
                sensor.interfaces().attach(name, AttachMode.TCX);
                send(machine, bus, sensor, WARM_UP);
                long[] packets = new long[1];
                FlowSource.Visitor visitor = change -> packets[0] += change.packets();
                for (int i = 0; i < 50; i++) {
                    send(machine, bus, sensor, 200);
                    claim.scan(visitor);
                }
                long thread = threadId("jopil-rings");
                long events = 0;
                long least = Long.MAX_VALUE; // a path taken for the first time links itself
                for (int round = 0; round < 3; round++) {
                    long before = THREADS.getThreadAllocatedBytes(thread);
                    events += send(machine, bus, sensor, DATAGRAMS);
                    least = Math.min(least, THREADS.getThreadAllocatedBytes(thread) - before);
                }
                assertTrue(events > DATAGRAMS / 10, events + " events");
                // what is done once a second allocates a little, however many events there are
                assertTrue(least <= 1024, least + " bytes for a third of " + events + " events");

                long self = Thread.currentThread().getId();
                long none = allocated(self, () -> claim.scan(visitor), () -> claim.scan(visitor));
                send(machine, bus, sensor, DATAGRAMS);
                long before = THREADS.getThreadAllocatedBytes(self);
                int flows = claim.scan(visitor);
                long full = THREADS.getThreadAllocatedBytes(self) - before;
                assertTrue(flows >= 200, flows + " flows");
                assertTrue(
                        full <= none + 1024, full + " bytes for a scan of " + flows + " flows, " + none + " for none");
            } finally {
                sensor.stop();
            }
        }
    }

    private static long allocated(long thread, Runnable warmUp, Runnable work) {
        warmUp.run();
        long before = THREADS.getThreadAllocatedBytes(thread);
        work.run();
        return THREADS.getThreadAllocatedBytes(thread) - before;
    }

    /** Sends, and waits until all is told that the kernel submitted; it may sample when this machine is busy. */
    private static long send(Machine machine, OneBatch bus, Sensor sensor, int datagrams) {
        long before = bus.deliveredPackets();
        Machine.send(machine.b, Machine.ADDRESS_A, datagrams, 200, 20);
        Machine.await("events", 5, () -> bus.deliveredPackets() == submitted(sensor));
        return bus.deliveredPackets() - before;
    }

    private static long submitted(Sensor sensor) {
        long[] sum = new long[1];
        sensor.counters().read(new Counters.Visitor() {
            @Override
            public void counter(int id, Direction direction, int cpu, int protocol, long packets, long bytes) {}

            @Override
            public void events(int id, Direction direction, long observed, long submitted, long out, long full) {
                sum[0] += submitted;
            }
        });
        return sum[0];
    }

    private static long threadId(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .findFirst()
                .orElseThrow()
                .getId();
    }
}
