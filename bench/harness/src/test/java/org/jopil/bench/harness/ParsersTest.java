// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ParsersTest {
    @Test
    void shouldReadWhatCaptureToolsSayAtTheirEnd() {
        assertEquals(1000, Peer.number(Recorded.text("tcpdump.txt"), Peer.TCPDUMP_SEEN));
        assertEquals(1000, Peer.number(Recorded.text("dumpcap.txt"), Peer.DUMPCAP_SEEN));
        assertEquals(1000, Peer.number(Recorded.text("tshark.txt"), Peer.TCPDUMP_SEEN));
        assertEquals(1000, Peer.number(Recorded.text("softflowd-statistics.txt"), Peer.SOFTFLOWD_SEEN));
    }

    @Test
    void shouldSayWhatWasThereInsteadOfANumber() {
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> Peer.number("no such device", Peer.TCPDUMP_SEEN));
        assertTrue(e.getMessage().contains("no such device"), e::getMessage);
    }

    @Test
    void shouldReadTheCostsOfTheKernelHalf() {
        List<Results.KernelCost> costs = KernelCosts.parse(Recorded.text("cost.txt"));
        assertEquals(12, costs.size());
        for (String program : List.of(KernelCosts.SENSOR, KernelCosts.HASH)) {
            assertEquals(
                    List.of(1, 1024, 131072),
                    costs.stream()
                            .filter(c -> c.what().equals(program) && c.ip() == 6)
                            .map(Results.KernelCost::flows)
                            .toList());
        }
        assertTrue(costs.stream().allMatch(c -> c.minNs() <= c.ns() && c.ns() <= c.maxNs() && c.emptyNs() > 0));
    }

    @Test
    void shouldReadTheCostsOfTheJourneys() {
        List<Results.Figure> costs = JourneyCosts.parse(Recorded.text("cost-journey.txt"));
        Map<String, Spread> receive = costs.stream()
                .filter(c -> c.name().equals(JourneyCosts.name("jopil_receive")))
                .collect(Collectors.toMap(Results.Figure::setting, Results.Figure::value));
        assertEquals(Set.of("none", "1:1024", "1:64", "traces", "1:1 hist", "1:1"), receive.keySet());
        assertEquals(new Spread(14.6, 14, 18, 3), receive.get(JourneyCosts.BY_DEFAULT));
        assertEquals(new Spread(424.5, 138, 426, 3), receive.get("1:1"));
        assertTrue(
                costs.stream().noneMatch(c -> c.name().equals(JourneyCosts.name("jopil_gro_receive"))),
                "what did not run has no cost");
    }

    @Test
    void shouldReadJmh() {
        List<Results.Score> scores = Scores.parse(Recorded.text("jmh.json"));
        Results.Score cpu = scores.stream()
                .filter(s -> s.benchmark().equals("RingBenchmark.java:cpu"))
                .findFirst()
                .orElseThrow();
        assertEquals("ns/op", cpu.unit());
        assertTrue(cpu.min() <= cpu.score() && cpu.score() <= cpu.max());
        assertEquals("RingBenchmark.java", scores.get(0).benchmark());
        assertTrue(scores.get(0).score() > 0);
    }

    @Test
    void shouldReadItsOwnOptions() {
        Options options = Options.parse(
                "--distribution", "/d", "--load", "/l", "--work", "/w", "--out", "/o", "--only", "G4", "--quick");
        assertTrue(options.quick());
        assertTrue(options.wantsBudget("g3", "g4") && !options.wantsBudget("g2"));
        assertTrue(options.wantsTraffic());
        assertThrows(IllegalArgumentException.class, () -> Options.parse("--quikc", "1"));
    }
}
