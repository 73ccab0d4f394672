// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    private static final String LOAD = LoadCase.MAIN.id();

    /** A million packets in {@code seconds}. */
    private static Results.Measurement run(
            int round, String tool, String setting, double seconds, double senderCpu, double ownCpu, int flowsRight) {
        long sent = 1_000_000;
        boolean none = tool.equals("none");
        return new Results.Measurement(
                LOAD,
                round,
                tool,
                setting,
                sent,
                0,
                seconds,
                senderCpu,
                ownCpu,
                seconds + 1,
                100_000_000,
                none ? null : sent,
                1000,
                none ? null : flowsRight,
                Map.of());
    }

    private static Results results(Results.Measurement... runs) {
        return results(List.of(), runs);
    }

    private static Results results(List<Results.Figure> figures, Results.Measurement... runs) {
        return new Results(
                "2026-01-01T00:00:00Z",
                60,
                true,
                Map.of("kernel", "6.18"),
                List.of(new Results.ToolInfo("JOPIL", "default", "0.1.0", "jopil run")),
                List.of(runs),
                figures,
                List.of(),
                List.of(),
                List.of("a note"));
    }

    private static Budget budget(Results results, String id) {
        return Budgets.of(results).stream()
                .filter(b -> b.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldCompareWithTheSameRoundWithoutATool() {
        Results results = results(
                run(1, "none", "", 0.50, 0.50, 0, 0),
                run(1, "JOPIL", "default", 0.52, 0.52, 0.02, 1000),
                run(2, "none", "", 1.00, 1.00, 0, 0),
                run(2, "JOPIL", "default", 1.04, 1.03, 0.02, 1000));
        assertEquals(0.50 / 0.52, results.rateKept(LOAD, "JOPIL", "default").median(), 1e-9);
        assertEquals(0.025, results.senderCpu(LOAD, "JOPIL", "default").median(), 1e-9);
        assertEquals(0.045, results.totalCpu(LOAD, "JOPIL", "default").median(), 1e-9);
        assertEquals(Budget.Verdict.PASS, budget(results, "G1").byDefault().verdict());
        assertEquals(Budget.Verdict.PASS, budget(results, "G3").byDefault().verdict());
        assertEquals(Budget.Verdict.PASS, budget(results, "G4").byDefault().verdict());
        assertEquals(
                Budget.Verdict.NOT_MEASURED,
                budget(results, "G4").everythingOn().verdict());
        assertEquals(
                Budget.Verdict.NOT_MEASURED, budget(results, "G9").byDefault().verdict());
    }

    @Test
    void shouldFailABudgetThatIsNotKeptAndSayByHowMuch() {
        Results results = results(
                run(1, "none", "", 0.50, 0.50, 0, 0),
                run(1, "tcpdump", "default", 0.70, 0.60, 0.10, 0),
                run(1, "JOPIL", "default", 0.60, 0.56, 0.03, 999));
        Budget exact = budget(results, "G1");
        assertEquals(Budget.Verdict.FAIL, exact.byDefault().verdict());
        assertTrue(exact.byDefault().value().contains("999 of 1,000 flows"), exact.byDefault()::value);
        Budget rate = budget(results, "G3");
        assertEquals(Budget.Verdict.FAIL, rate.byDefault().verdict());
        assertTrue(rate.floor().contains("2.00 Mpps"), rate::floor);
        Budget cpu = budget(results, "G4");
        assertEquals(Budget.Verdict.FAIL, cpu.byDefault().verdict());
        assertTrue(cpu.byDefault().value().contains("0.45 of tcpdump -w"), cpu.byDefault()::value);
    }

    @Test
    void shouldHoldTheJourneysAgainstTheirBudget() {
        String recorded = Recorded.text("cost-journey.txt");
        Budget kept = budget(results(JourneyCosts.parse(recorded)), "G9");
        assertEquals(Budget.Verdict.PASS, kept.byDefault().verdict());
        assertEquals(
                "receive 15 (14–18); copy 23 (16–26) and read 15 (11–16) ns",
                kept.byDefault().value());
        Budget broken = budget(results(JourneyCosts.parse(recorded.replace(" 14.6 ", " 15.2 "))), "G9");
        assertEquals(Budget.Verdict.FAIL, broken.byDefault().verdict());
    }

    @Test
    void shouldComeBackFromItsFile(@TempDir Path folder) {
        Results results = results(run(1, "none", "", 0.50, 0.50, 0, 0));
        Path file = folder.resolve("results.json");
        results.write(file);
        assertEquals(results, Results.read(file));
    }

    @Test
    void shouldWriteTablesForPeopleAndForThePage() {
        Results results =
                results(run(1, "none", "", 0.50, 0.50, 0, 0), run(1, "JOPIL", "default", 0.52, 0.52, 0.02, 1000));
        List<Tables.Table> tables = new Tables(results).all();
        Tables.Table load = tables.get(1);
        assertEquals("live, 1,000 flows, 60 B, IPv4", load.title());
        assertEquals(
                List.of("JOPIL, default", "1.92", "96", "96", "100.00", "100.00", "0.020", "0.020", "0.040", "100"),
                load.rows().get(2));
        assertTrue(load.text().contains("JOPIL, default  1.92"), load::text);
        assertTrue(load.markdown().contains("| JOPIL, default | 1.92 | 96 | 96 |"), load::markdown);
    }

    @Test
    void shouldReplaceNothingButTheFiguresOfThePage() {
        String page = "# Performance\n" + Document.BEGIN + "\nold\n" + Document.END + "\n## Method\n";
        String once = Document.replaced(page, "new\n");
        assertEquals("# Performance\n" + Document.BEGIN + "\nnew\n" + Document.END + "\n## Method\n", once);
        assertEquals(once, Document.replaced(once, "new\n"));
        assertThrows(IllegalArgumentException.class, () -> Document.replaced("# Performance\n", "new\n"));
    }

    @Test
    void shouldPlotWhatSeveralToolsDid(@TempDir Path folder) throws Exception {
        Results results = results(
                run(1, "none", "", 0.50, 0.50, 0, 0),
                run(1, "JOPIL", "default", 0.52, 0.52, 0.02, 1000),
                run(1, "softflowd", "default", 0.62, 0.60, 0.2, 400),
                run(1, "softflowd", "best", 0.60, 0.60, 0.2, 1000));
        List<String> plots = new Plots(results).write(folder);
        assertEquals(
                List.of(
                        "rate-" + LOAD + ".svg",
                        "cpu-" + LOAD + ".svg",
                        "seen-" + LOAD + ".svg",
                        "flows-" + LOAD + ".svg"),
                plots);
        assertTrue(Files.readString(folder.resolve(plots.get(0))).contains("<svg"));
    }
}
