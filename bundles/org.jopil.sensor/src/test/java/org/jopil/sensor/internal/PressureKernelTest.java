// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jopil.api.event.Direction;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Sampling;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real load up and down on the real kernel: what is told less, what is told of it, and how often the reader looks. */
@Timeout(120)
class PressureKernelTest {
    private static final int LIMIT = 2000;
    private static final int PART = 20_000;

    private final TestBus bus = new TestBus();
    private Machine machine;
    private Sensor sensor;

    @BeforeEach
    void setUp() {
        Machine.require();
        machine = new Machine();
    }

    @AfterEach
    void tearDown() {
        if (machine != null) {
            if (sensor != null) {
                sensor.stop();
            }
            machine.close();
        }
    }

    private void start(Object... changes) {
        String name = machine.a + "/va";
        Map<String, Object> config = new HashMap<>(Map.of("interfaces", name, "packet_events_per_second", LIMIT));
        for (int i = 0; i < changes.length; i += 2) {
            config.put((String) changes[i], changes[i + 1]);
        }
        sensor = new Sensor(
                new NativeBpfLoader(), bus, new NothingHidden(), Configs.of(config), null, NetworkNamespace.current());
        Machine.await("attached", 5, () -> sensor.interfaces().list().stream()
                .anyMatch(status -> status.name().equals(name) && status.attached()));
    }

    /** Sends as fast as it goes until told to stop. */
    private final class Flood implements AutoCloseable {
        private volatile boolean stopping;
        private final Thread thread = new Thread(() -> {
            while (!stopping) {
                Machine.flood(machine.b, Machine.ADDRESS_A, PART, 4);
            }
        });

        Flood() {
            thread.start();
        }

        @Override
        public void close() throws InterruptedException {
            stopping = true;
            thread.join();
        }
    }

    private record Events(long observed, long submitted, long ringFull) {}

    private Events events() {
        long[] sum = new long[3];
        sensor.counters().read(new Counters.Visitor() {
            @Override
            public void counter(int id, Direction direction, int cpu, int protocol, long packets, long bytes) {}

            @Override
            public void events(int id, Direction direction, long observed, long submitted, long out, long full) {
                assertEquals(observed, submitted + out + full);
                sum[0] += observed;
                sum[1] += submitted;
                sum[2] += full;
            }
        });
        return new Events(sum[0], sum[1], sum[2]);
    }

    private int step() {
        return sensor.sampling().step();
    }

    @Test
    void shouldTellLessUnderLoadAndEverythingAfterIt() throws InterruptedException {
        start();
        assertEquals(new Sampling.State(1, LIMIT, 0), sensor.sampling());
        Events early;
        Events late;
        long earlyNs;
        long lateNs;
        int largest;
        try (Flood flood = new Flood()) {
            Machine.await("the step to rise", 5, () -> step() >= 16);
            TimeUnit.SECONDS.sleep(1);
            early = events();
            earlyNs = System.nanoTime();
            TimeUnit.SECONDS.sleep(3);
            late = events();
            lateNs = System.nanoTime();
            largest = step();
        }
        long changesUp = sensor.sampling().changes();
        Machine.await("the step to come back to 1", 40, () -> step() == 1);
        long changes = sensor.sampling().changes();
        Machine.await("all events on the bus", 8, () -> bus.rows() == events().submitted());

        Events all = events();
        long weights = bus.batches().stream()
                .mapToLong(batch -> {
                    long sum = 0;
                    for (int row = 0; row < batch.size(); row++) {
                        sum += batch.weight(row);
                    }
                    return sum;
                })
                .sum();
        double told = (late.submitted() - early.submitted()) * 1e9 / (lateNs - earlyNs);
        System.out.printf(
                "load: %.0f observations/s, step %d, %.0f events/s told; %d changes under load, %d to the end;"
                        + " observed %d, weights %d, ring full %d%n",
                (late.observed() - early.observed()) * 1e9 / (lateNs - earlyNs),
                largest,
                told,
                changesUp,
                changes,
                all.observed(),
                weights,
                all.ringFull());
        assertEquals(early.ringFull(), late.ringFull(), "lost to a full ring under the load that lasts");
        assertTrue(told <= 1.5 * LIMIT, told + " events/s");
        assertTrue(changesUp <= 8, changesUp + " changes under load");
        assertTrue(changes <= 16, changes + " changes in all");
        // short of what was lost, and of what waits for its event, on each CPU and in each direction
        long missing = all.observed() - weights;
        long most = 2L * largest * (all.ringFull() + 2L * Runtime.getRuntime().availableProcessors());
        assertTrue(missing >= 0 && missing <= most, missing + " observations without weight, at most " + most);
    }

    @Test
    void shouldTellLessWhileSubscribersAreBehind() throws InterruptedException {
        start("packet_events_per_second", 10_000_000);
        try (Flood flood = new Flood()) {
            Machine.await("events", 5, () -> bus.rows() > 10_000);
            bus.behind(true);
            Machine.await("the step to rise", 5, () -> step() >= 8);
            bus.behind(false);
            int before = step();
            Machine.await("the step to fall", 40, () -> step() < before);
        }
        Machine.await("the step to come back to 1", 80, () -> step() == 1);
    }

    @Test
    void shouldTakeAnotherLimitWhileItRuns() {
        start();
        Map<String, Object> none = Map.of("interfaces", machine.a + "/va", "packet_events_per_second", 0);
        sensor.modified(Configs.of(none));
        Machine.await("no events", 8, () -> step() == 0);
        long told = events().submitted();
        Machine.send(machine.b, Machine.ADDRESS_A, 1000, 1, 20);
        assertEquals(told, events().submitted());
        Map<String, Object> some = Map.of("interfaces", machine.a + "/va", "packet_events_per_second", 5000);
        sensor.modified(Configs.of(some));
        Machine.await("events again", 8, () -> step() == 1);
        assertEquals(5000, sensor.sampling().limitPerSecond());
    }

    /** The kernel's own count of how often the reader went to sleep. */
    @Test
    void shouldLookSeldomWhenQuietAndNeverForEachEvent() throws Exception {
        start();
        TimeUnit.SECONDS.sleep(2);
        double quiet = sleepsPerSecond();
        double busy;
        double events;
        try (Flood flood = new Flood()) {
            Machine.await("the step to rise", 5, () -> step() >= 16);
            TimeUnit.SECONDS.sleep(1);
            long before = events().submitted();
            long startNs = System.nanoTime();
            busy = sleepsPerSecond();
            events = (events().submitted() - before) * 1e9 / (System.nanoTime() - startNs);
        }
        System.out.printf("the reader slept %.0f times/s when quiet, %.0f at %.0f events/s%n", quiet, busy, events);
        assertTrue(quiet <= 30, quiet + " sleeps/s when quiet");
        // 100 looks; a lock of the counters that is held is a sleep too
        assertTrue(busy <= 130, busy + " sleeps/s under load");
        assertTrue(events > 3 * busy, events + " events/s at " + busy + " sleeps/s");
    }

    private static double sleepsPerSecond() throws InterruptedException {
        long startNs = System.nanoTime();
        long before = sleeps("jopil-rings");
        TimeUnit.SECONDS.sleep(3);
        return (sleeps("jopil-rings") - before) * 1e9 / (System.nanoTime() - startNs);
    }

    private static long sleeps(String thread) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.filter(task -> thread.equals(text(task.resolve("comm")).strip()))
                    .flatMap(task -> text(task.resolve("status")).lines())
                    .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                    .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return ""; // the thread has ended
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldWantAScanWhenAQuarterOfARegionIsNew() {
        start("flow_capacity_ipv4", 4096, "flow_capacity_ipv6", 4096);
        int regionSlots = 4096 / new NativeBpfLoader().possibleCpus();
        try (FlowSource.Claim claim = sensor.flowSource().claim()) {
            claim.scan(change -> {});
            Machine.send(machine.b, Machine.ADDRESS_A, regionSlots / 8, regionSlots / 8, 20);
            assertFalse(claim.urgent(), "an eighth");
            Machine.flood(machine.b, Machine.ADDRESS_A, regionSlots, regionSlots);
            assertTrue(claim.urgent(), "more than a quarter");
            claim.scan(change -> {});
            assertFalse(claim.urgent(), "after the scan");
        }
    }
}
