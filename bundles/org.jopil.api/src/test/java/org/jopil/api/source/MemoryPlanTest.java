// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPlanTest {
    private static final long MIB = 1 << 20;
    private static final List<Integer> CPUS = List.of(1, 2, 8, 64, 256);

    @ParameterizedTest
    @CsvSource({
        "1, 524288, 131072, 1024",
        "2, 262144, 65536, 1024",
        "8, 65536, 16384, 1024",
        "64, 8192, 2048, 128",
        "256, 2048, 256, 64",
    })
    void shouldShareTheDefaultAmongAllCpus(int cpus, int ipv4, int ipv6, int ringKib) {
        assertEquals(new MemoryPlan(448, cpus, ipv4, ipv6, ringKib << 10), MemoryPlan.of(MemoryPlan.DEFAULT_MIB, cpus));
    }

    @Test
    void shouldStayWithinTheBudgetOnEveryMachine() {
        for (int budget = MemoryPlan.LEAST_MIB; budget <= MemoryPlan.MOST_MIB; budget += budget / 16) {
            for (int cpus = 1; cpus <= 512; cpus++) {
                if (budget < MemoryPlan.leastMib(cpus)) {
                    continue;
                }
                MemoryPlan plan = MemoryPlan.of(budget, cpus);
                long kernel = budget * MIB - MemoryPlan.heapMib(budget) * MIB;
                assertTrue(plan.kernelBytes() <= kernel, plan + " takes more than its share");
                assertTrue(
                        plan.ipv4Slots() >= 512 && plan.ipv6Slots() >= 64 && plan.ringBytes() >= 64 << 10,
                        plan::toString);
                assertEquals(1, Integer.bitCount(plan.ipv4Slots()), plan::toString);
                assertEquals(1, Integer.bitCount(plan.ipv6Slots()), plan::toString);
                assertEquals(1, Integer.bitCount(plan.ringBytes()), plan::toString);
                assertTrue((long) cpus * plan.ipv4Slots() <= 1 << 24, plan::toString);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 173, 256, 512})
    void shouldSayTheLeastBudget(int cpus) {
        int least = MemoryPlan.leastMib(cpus);
        MemoryPlan.of(least, cpus);
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> MemoryPlan.of(least - 1, cpus));
        assertEquals(
                (least - 1) + " MiB are too little for " + cpus + " CPUs, the least is " + least + " MiB",
                refused.getMessage());
    }

    @Test
    void shouldKeepAMillionFlowsByDefault() {
        // what the JVM calls its largest heap is less than -Xmx by a survivor space of 2.4 MiB
        long heap = MemoryPlan.heapMib(MemoryPlan.DEFAULT_MIB) * MIB - 25 * MIB / 10;
        assertEquals(384, MemoryPlan.heapMib(MemoryPlan.DEFAULT_MIB));
        assertTrue(MemoryPlan.liveFlows(heap) >= 1_000_000, () -> "only " + MemoryPlan.liveFlows(heap));
    }

    @Test
    void shouldTakeWhatWasChosenAndLeaveTheRest() {
        MemoryPlan plan = MemoryPlan.of(448, 2);
        assertEquals(plan, plan.with(0, 0, 0));
        assertEquals(new MemoryPlan(448, 2, 512, 65_536, 1 << 20), plan.with(1024, 0, 0));
        assertEquals(new MemoryPlan(448, 2, 262_144, 64, 64 << 10), plan.with(0, 1, 1));
        assertEquals(new MemoryPlan(448, 2, 262_144, 65_536, 64 << 20), plan.with(0, 0, 65_536 + 100));
        assertEquals(MemoryPlan.of(448, 64), plan.with(1024, 1024, 64).on(64), "a choice is this machine's alone");
    }

    @Test
    void shouldSayWhatOneCpuHas() {
        assertEquals(
                "kernel 55 MiB (IPv4 flows 36, IPv6 flows 17, rings 2): each of 2 CPUs has 262,144 + 65,536 slots",
                MemoryPlan.of(448, 2).text());
    }

    @Test
    void shouldStandInTheDocumentationAsItIs() throws IOException {
        StringBuilder table =
                new StringBuilder("| `memory_mib` | heap | live flows | CPUs | IPv4 slots a CPU | IPv6 slots"
                        + " a CPU | ring a CPU | kernel |\n|---|---|---|---|---|---|---|---|\n");
        for (int budget : List.of(MemoryPlan.LEAST_MIB, MemoryPlan.DEFAULT_MIB, 1024, 4096)) {
            for (int cpus : CPUS) {
                table.append(row(budget, cpus));
            }
        }
        String document = Files.readString(Path.of("../../docs/memory.md"));
        assertTrue(document.contains(table), () -> "docs/memory.md does not have this table:\n" + table);
    }

    private static String row(int budget, int cpus) {
        int heap = MemoryPlan.heapMib(budget);
        String begin = String.format(
                Locale.ROOT, "| %,d | %,d MiB | %,d | %d |", budget, heap, MemoryPlan.liveFlows(heap * MIB), cpus);
        if (budget < MemoryPlan.leastMib(cpus)) {
            return begin + " too little: at least " + MemoryPlan.leastMib(cpus) + " | | | |\n";
        }
        MemoryPlan plan = MemoryPlan.of(budget, cpus);
        return begin
                + String.format(
                        Locale.ROOT,
                        " %,d | %,d | %,d KiB | %.1f MiB |\n",
                        plan.ipv4Slots(),
                        plan.ipv6Slots(),
                        plan.ringBytes() >> 10,
                        (double) plan.kernelBytes() / MIB);
    }
}
