// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jopil.api.JopilException;
import org.jopil.api.event.Direction;
import org.jopil.api.source.Cost;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.MemoryPlan;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What watching costs, told by the kernel. */
@Timeout(60)
class CostKernelTest {
    private static final int PACKETS = 5000;
    private static final Path SYSCTL = Path.of("/proc/sys/kernel/bpf_stats_enabled");

    private final BpfLoader loader = new NativeBpfLoader();
    private Machine machine;
    private List<String> descriptorsBefore;
    private String sysctlBefore;
    private Sensor sensor;

    @BeforeEach
    void setUp() throws IOException {
        Machine.require();
        machine = new Machine();
        descriptorsBefore = Machine.bpfDescriptors();
        sysctlBefore = Files.readString(SYSCTL);
    }

    @AfterEach
    void tearDown() throws IOException {
        if (machine != null) {
            if (sensor != null) {
                sensor.stop();
            }
            machine.close();
            // what did not end in time closes when it ends
            Machine.await(
                    "all closed but " + descriptorsBefore,
                    10,
                    () -> descriptorsBefore.equals(Machine.bpfDescriptors()));
            assertEquals(sysctlBefore, Files.readString(SYSCTL), SYSCTL.toString());
        }
    }

    private void start(BpfLoader by, Object... changes) {
        Map<String, Object> config = new HashMap<>(Map.of("interfaces", machine.a + "/va", "mode", "generic"));
        for (int i = 0; i < changes.length; i += 2) {
            config.put((String) changes[i], changes[i + 1]);
        }
        sensor = new Sensor(
                by, new TestBus(), new NothingHidden(), Configs.of(config), null, NetworkNamespace.current());
        Machine.await("attached: " + sensor.check(), 5, this::isAttached);
    }

    private boolean isAttached() {
        return sensor.interfaces().list().stream()
                .filter(link -> link.name().equals(machine.a + "/va"))
                .anyMatch(InterfaceStatus::attached);
    }

    @Test
    void shouldMeasureRunTimesOnlyWhileItIsAskedTo() {
        start(loader);
        assertTrue(sensor.measurement().isEmpty());
        assertTrue(sensor.measure(Duration.ofSeconds(600)).running());
        assertTrue(isMeasuring());
        Machine.send(machine.b, Machine.ADDRESS_A, PACKETS, 1, 100);
        // asked for again: goes on with what it has, and ends when it was said last
        Cost.Measurement shorter = sensor.measure(Duration.ofSeconds(1));
        assertTrue(shorter.running());
        Machine.await("the end", 5, () -> !sensor.measurement().orElseThrow().running());
        assertFalse(isMeasuring(), "the kernel measures on");
        Cost.Measurement measured = sensor.measurement().orElseThrow();
        assertTrue(measured.measuringNs() > 0 && measured.measuringNs() < 100_000, measured.toString());
        for (Cost.Program program : measured.programs()) {
            boolean marks = program.name().equals("jopil_xdp_mark");
            assertEquals(marks ? 0 : program.runs(), program.packets(), program.toString());
            // what is sent are some answers that nobody listens
            assertTrue(program.direction() == Direction.EGRESS || program.runs() == PACKETS, program.toString());
            assertTrue(program.runs() == 0 || program.runTimeNs() > 0, program.toString());
        }
        assertEquals(
                List.of("jopil_xdp_mark", "jopil_ingress", "jopil_egress"),
                measured.programs().stream().map(Cost.Program::name).toList());
        double net = measured.nsPerPacket().orElseThrow();
        assertTrue(net > 0 && net < measured.grossNsPerPacket().orElseThrow(), measured.toString());

        Machine.send(machine.b, Machine.ADDRESS_A, PACKETS, 1, 100);
        assertEquals(measured, sensor.measurement().orElseThrow(), "what was measured stays as it is");
    }

    @Test
    void shouldStopMeasuringWithTheSensor() {
        start(loader);
        sensor.measure(Duration.ofSeconds(600));
        sensor.stop();
        assertFalse(isMeasuring());
        assertFalse(sensor.measurement().orElseThrow().running());
    }

    @Test
    void shouldSayWhyItMayNotMeasure() {
        BpfLoader refusing = OldKernel.refusingToMeasure(loader);
        start(refusing);
        JopilException refused = assertThrows(JopilException.class, () -> sensor.measure(Duration.ofSeconds(1)));
        assertEquals("JOPIL-106", refused.code());
        assertEquals(403, refused.status());
        assertTrue(refused.getCause() instanceof BpfException);
        assertTrue(isAttached());
    }

    @Test
    void shouldTellTheKernelMemoryOfAllItsMaps() {
        start(loader);
        assertEquals(memoryOfOurMaps(), sensor.kernelBytes());
        long before = sensor.kernelBytes();
        MemoryPlan plan = sensor.memory().orElseThrow();
        // beside the plan: the ring of payloads, counters, EtherTypes, settings, and the rings' own pages
        assertTrue(before - plan.kernelBytes() > 0 && before - plan.kernelBytes() < 2 << 20, before + " for " + plan);
    }

    @Test
    void shouldMakeNewTablesWhenTheBudgetChangesAndKeepTheOldOnesIfItIsTooSmall() {
        start(loader, "memory_mib", 128);
        assertEquals(MemoryPlan.of(128, loader.possibleCpus()), sensor.memory().orElseThrow());
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, 100);
        long counted = packets();
        assertEquals(100, counted);
        sensor.modified(Configs.of(Map.of("interfaces", machine.a + "/va", "mode", "generic", "memory_mib", 256)));
        Machine.await("attached anew", 5, this::isAttached);
        assertEquals(MemoryPlan.of(256, loader.possibleCpus()), sensor.memory().orElseThrow());
        sensor.modified(Configs.of(Map.of("interfaces", machine.a + "/va", "mode", "generic", "memory_mib", 6)));
        assertTrue(isAttached());
        assertEquals(MemoryPlan.of(256, loader.possibleCpus()), sensor.memory().orElseThrow());
        assertEquals(HealthCheck.Status.DEGRADED, sensor.check().status());
        assertTrue(
                sensor.check().message().contains("JOPIL-105 memory_mib = 6 is too little"), sensor.check()::message);
        Machine.send(machine.b, Machine.ADDRESS_A, 100, 1, 100);
        assertEquals(200, packets());
    }

    private long packets() {
        long[] sum = new long[1];
        sensor.counters().read((id, direction, cpu, protocol, packets, bytes) -> {
            if (direction == Direction.INGRESS) {
                sum[0] += packets;
            }
        });
        return sum[0];
    }

    private static boolean isMeasuring() {
        return Machine.bpfDescriptors().stream().anyMatch(target -> target.contains("bpf-stats"));
    }

    /** As the kernel tells it of every descriptor of this process, each map once. */
    private static long memoryOfOurMaps() {
        Map<String, Long> maps = new HashMap<>();
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fdinfo"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Map<String, String> info = new HashMap<>();
                for (String line : lines(file)) {
                    String[] words = line.split(":\\s*", 2);
                    info.put(words[0], words[words.length - 1].strip());
                }
                if (info.containsKey("map_id")) {
                    maps.put(info.get("map_id"), Long.parseLong(info.get("memlock")));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return maps.values().stream().mapToLong(Long::longValue).sum();
    }

    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return List.of(); // closed meanwhile
        }
    }
}
