// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What watching costs is shown: memory by one key, run times when they are asked for, CPU time of every analyzer. */
class CostIT {
    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final long MIB = 1 << 20;
    private static final int BUDGET_MIB = 256;
    private static final int HEAP_MIB = BUDGET_MIB - BUDGET_MIB / 7;
    private static final Path SYSCTL = Path.of("/proc/sys/kernel/bpf_stats_enabled");
    private static final int PACKETS = 40_000;

    private static Namespaces net;
    private static Instance jopil;

    @BeforeAll
    static void start() throws IOException {
        net = Namespaces.pair();
        Path data = Instance.newData();
        Files.createDirectories(data.resolve("etc"));
        Files.writeString(data.resolve("etc/org.jopil.sensor.cfg"), "memory_mib = " + BUDGET_MIB);
        jopil = Instance.on(net.right().spec()).data(data).mode("generic").start();
    }

    @AfterAll
    static void stop() {
        try {
            if (jopil != null) {
                jopil.close();
            }
        } finally {
            net.close();
        }
    }

    @Test
    void shouldShareOneBudgetBetweenHeapAndKernel() throws IOException {
        assertTrue(
                Files.readString(Path.of("/proc/" + jopil.pid() + "/cmdline")).contains("\0-Xmx" + HEAP_MIB + "m\0"),
                "the launcher gives the heap what the plan gives it");
        JsonNode rows = jopil.get("/api/memory").expect(200).json();
        assertEquals(5, rows.size(), rows::toString);
        int here = 0;
        for (JsonNode row : rows) {
            assertEquals(BUDGET_MIB, row.path("memory_mib").asInt());
            long tables = row.path("cpus").asLong()
                    * (72 * row.path("ipv4_slots").asLong()
                            + 136 * row.path("ipv6_slots").asLong()
                            + row.path("ring_bytes").asLong());
            assertTrue(tables > 0 && tables <= (BUDGET_MIB - HEAP_MIB) * MIB, row::toString);
            assertTrue(row.path("note").isNull(), row::toString);
            if (row.path("here").asBoolean()) {
                here++;
                assertEquals(kernelBytes(), row.path("kernel_bytes").asLong());
                assertTrue(row.path("heap_bytes").asLong() <= HEAP_MIB * MIB, row::toString);
            } else {
                assertEquals(tables, row.path("kernel_bytes").asLong());
            }
        }
        assertEquals(1, here, rows::toString);
        String doctor = jopil.verb("doctor").out();
        assertTrue(doctor.contains("memory_mib 256: heap 220 MiB, kernel"), doctor);
        assertTrue(doctor.replaceAll("\\s+", " ").contains("; of 64 it would have 4,096 + 1,024"), doctor);
        String status = jopil.verb("status").orFail().out();
        assertTrue(status.contains("slots"), status);
        assertTrue(
                jopil.verb("memory").orFail().out().contains("CPUS"),
                jopil.verb("memory").out());
    }

    @Test
    void shouldTellTheMemoryOfTheMapsAsTheKernelDoes() {
        Set<Integer> ours = KernelObjects.heldBy(jopil.pid()).maps();
        long sum = 0;
        for (JsonNode map : KernelObjects.bpftool("map", "show")) {
            sum += ours.contains(map.path("id").asInt())
                    ? map.path("bytes_memlock").asLong()
                    : 0;
        }
        assertEquals(sum, kernelBytes());
    }

    private static long kernelBytes() {
        return jopil.get("/api/stats").json().path("cost").path("kernel_bytes").asLong();
    }

    @Test
    void shouldMeasureRunTimesForAWhile() throws IOException {
        String sysctl = Files.readString(SYSCTL);
        assertFalse(isMeasuring());
        jopil.http().token(jopil.viewerToken()).post("/api/cost/measure", "{}").expect(403);
        jopil.post("/api/cost/measure", "{\"seconds\":601}").expect(400);
        JsonNode begun =
                jopil.post("/api/cost/measure", "{\"seconds\":600}").expect(200).json();
        assertTrue(begun.path("running").asBoolean(), begun::toString);
        assertTrue(isMeasuring());
        String to = net.right().ipv4();
        try (Traffic.Running receiver = Traffic.start(net.right(), "receive", to, "9001", "" + PACKETS, "2")) {
            Instance.await(LIMIT, "the receiver", () -> receiver.hasPrinted("ready"));
            try (Traffic.Running sender = Traffic.start(net.left(), "send", to, "9001", "" + PACKETS, "20000")) {
                sender.await();
            }
            Instance.await(
                    LIMIT, "run times", () -> row("jopil_ingress").path("runs").asLong() >= PACKETS);
        }
        String said = jopil.verb("measure", "--seconds", "1").orFail().out();
        assertTrue(said.startsWith("Run times are measured until "), said);
        Instance.await(LIMIT, "the end", () -> !isMeasuring());
        assertEquals(sysctl, Files.readString(SYSCTL));
        JsonNode ingress = row("jopil_ingress");
        assertFalse(ingress.path("running").asBoolean());
        assertTrue(ingress.path("packets").asLong() >= PACKETS, ingress::toString);
        assertTrue(ingress.path("ns_per_packet").asDouble() > 0, ingress::toString);
        assertTrue(
                ingress.path("ns_per_run").asDouble()
                        < ingress.path("gross_ns_per_run").asDouble(),
                ingress::toString);
        assertTrue(row("jopil_xdp_mark").path("ns_per_packet").isNull());
        Instance.await(LIMIT, "the snapshot", () -> !cost().path("measuring").asBoolean(true));
        assertTrue(cost().path("ns_per_packet").asDouble() > 0, cost()::toString);
        assertTrue(jopil.verb("cost").orFail().out().contains("jopil_ingress"));
        assertTrue(jopil.verb("status").orFail().out().contains("ns per packet"));
        System.out.println(jopil.verb("cost").out());
    }

    private static JsonNode cost() {
        return jopil.get("/api/stats").json().path("cost");
    }

    private static JsonNode row(String program) {
        for (JsonNode row : jopil.get("/api/cost").expect(200).json()) {
            if (row.path("program").asText().equals(program)) {
                return row;
            }
        }
        return MissingNode.getInstance();
    }

    private static boolean isMeasuring() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + jopil.pid() + "/fd"))) {
            return descriptors.anyMatch(fd -> {
                try {
                    return Files.readSymbolicLink(fd).toString().contains("bpf-stats");
                } catch (IOException e) {
                    return false; // closed meanwhile
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldTellWhatEveryAnalyzerCosts() {
        Instance.await(
                LIMIT, "a second", () -> !analyzer("flows").path("cpu_percent").isNull());
        JsonNode flows = analyzer("flows");
        assertTrue(flows.path("cpu_ns").asLong() > 0, flows::toString);
        assertTrue(flows.path("allocated_bytes").asLong() > 0, flows::toString);
        assertEquals(0, flows.path("lost").asLong());
        assertTrue(flows.path("lag_events").isIntegralNumber(), flows::toString);
        assertTrue(flows.path("bpf_ns").isNull(), flows::toString);
    }

    private static JsonNode analyzer(String name) {
        for (JsonNode row : jopil.get("/api/analyzers").json()) {
            if (row.path("name").asText().equals(name)) {
                return row;
            }
        }
        throw new AssertionError("no analyzer " + name);
    }
}
