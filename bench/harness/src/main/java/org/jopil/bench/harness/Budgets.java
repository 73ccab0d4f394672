// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The budgets of the project, G1 to G11, against what a run has found. */
final class Budgets {
    static final String JOPIL = "JOPIL";
    static final String DEFAULT = "default";
    static final String EVERYTHING = "everything on";

    /** Names of figures. */
    static final String IDLE = "idle CPU";

    static final String START = "start to up, warm";
    static final String FIRST_DATA = "attach to first data";
    static final String PACKET_LATENCY = "packet to page, new_packet p99";
    static final String COUNT_LATENCY = "packet to page, 1 Hz topics p99";

    private static final int MOST_REASONS = 4;
    private static final int MANY_FLOWS = 100_000;
    private static final double MB = 1e6;
    private static final double NS_PER_MS = 1e6;

    private final Results results;
    private final String main = LoadCase.MAIN.id();

    private Budgets(Results results) {
        this.results = results;
    }

    static List<Budget> of(Results results) {
        Budgets budgets = new Budgets(results);
        return List.of(
                budgets.exact(),
                budgets.kernelCost(),
                budgets.rateKept(),
                budgets.totalCpu(),
                budgets.events(),
                budgets.reader(),
                budgets.scan(),
                budgets.subscribers(),
                budgets.stages(),
                budgets.idle(),
                budgets.latency());
    }

    private Budget exact() {
        return new Budget(
                "G1",
                "exact: packets and bytes of every flow",
                "all loads, all rounds",
                exact(DEFAULT),
                exact(EVERYTHING),
                "");
    }

    private Budget.Cell exact(String setting) {
        List<String> wrong = new ArrayList<>();
        int right = 0;
        for (Results.Measurement m : results.measurements()) {
            if (!m.tool().equals(JOPIL) || !m.setting().equals(setting)) {
                continue;
            }
            if (m.seen() == null || m.seen() != m.sent()) {
                wrong.add(String.format("%s: saw %,d of %,d packets", m.load(), m.seen(), m.sent()));
            } else if (m.flows() == null) {
                wrong.add(String.format("%s: no truth, %,d packets were not delivered", m.load(), m.undelivered()));
            } else if (!m.flows().equals(m.flowsRight())) {
                wrong.add(String.format("%s: %,d of %,d flows", m.load(), m.flowsRight(), m.flows()));
            } else {
                right++;
            }
        }
        int all = right + wrong.size();
        if (all == 0) {
            return Budget.Cell.NOT_MEASURED;
        }
        if (wrong.size() > MOST_REASONS) {
            String more = wrong.size() - MOST_REASONS + " more";
            wrong.subList(MOST_REASONS, wrong.size()).clear();
            wrong.add(more);
        }
        String share = right + " of " + all + " runs";
        return new Budget.Cell(
                Budget.Verdict.of(wrong.isEmpty()), wrong.isEmpty() ? share : share + "; " + String.join("; ", wrong));
    }

    private Budget kernelCost() {
        record Limit(int ip, int flows, double ns) {}
        List<Limit> limits = List.of(
                new Limit(4, 1024, 15), new Limit(6, 1024, 15), new Limit(4, 131_072, 60), new Limit(6, 131_072, 110));
        List<String> values = new ArrayList<>();
        List<String> floors = new ArrayList<>();
        boolean kept = true;
        for (Limit limit : limits) {
            Optional<Results.KernelCost> sensor = cost(KernelCosts.SENSOR, limit.ip, limit.flows);
            Optional<Results.KernelCost> hash = cost(KernelCosts.HASH, limit.ip, limit.flows);
            if (sensor.isPresent()) {
                double ratio = hash.map(h -> sensor.get().ns() / h.ns()).orElse(Double.NaN);
                kept &= sensor.get().ns() <= limit.ns && ratio <= 0.2;
                values.add(String.format(
                        "IPv%d %,d flows %.0f (%.0f–%.0f), %.2f of the hash",
                        limit.ip,
                        limit.flows,
                        sensor.get().ns(),
                        sensor.get().minNs(),
                        sensor.get().maxNs(),
                        ratio));
                floors.add(String.format(
                        "IPv%d %,d flows %s",
                        limit.ip,
                        limit.flows,
                        cost(KernelCosts.PARSER, limit.ip, limit.flows)
                                .map(parser -> String.format("%.0f ns", parser.ns()))
                                .orElse("not measured")));
            }
        }
        Budget.Cell cell = values.isEmpty()
                ? Budget.Cell.NOT_MEASURED
                : new Budget.Cell(Budget.Verdict.of(kept), String.join("; ", values));
        return new Budget(
                "G2",
                "sensor above an empty program, ns a packet",
                "≤ 15 at 1k flows; at 131k ≤ 60 (IPv6 ≤ 110); ≤ 1/5 of a kernel hash and clock",
                cell,
                Budget.Cell.NOT_MEASURED,
                floors.isEmpty() ? "" : "the parser alone: " + String.join("; ", floors));
    }

    private Optional<Results.KernelCost> cost(String what, int ip, int flows) {
        return results.kernelCosts().stream()
                .filter(c -> c.what().equals(what) && c.ip() == ip && c.flows() == flows)
                .findFirst();
    }

    private Budget rateKept() {
        Spread none = results.rate(main, "none", "");
        return new Budget(
                "G3",
                "rate left to the traffic, of the rate without us",
                "≥ 95 %",
                rateKept(DEFAULT),
                rateKept(EVERYTHING),
                none.isEmpty()
                        ? ""
                        : "the sender without us: " + scaled(none, 1e6).text("%.2f") + " Mpps"
                                + emptyProgram(results.rateKept(main, EmptyProgram.NAME, ""), 0.01, "%.1f", "%"));
    }

    private static String emptyProgram(Spread value, double unit, String format, String name) {
        return value.isEmpty()
                ? ""
                : "; with an empty program at the hook: " + scaled(value, unit).text(format) + " " + name;
    }

    private Budget.Cell rateKept(String setting) {
        Spread kept = results.rateKept(main, JOPIL, setting);
        return kept.isEmpty()
                ? Budget.Cell.NOT_MEASURED
                : new Budget.Cell(
                        Budget.Verdict.of(kept.median() >= 0.95),
                        String.format(
                                "%s %%; by the sender's CPU time %s %%",
                                scaled(kept, 0.01).text("%.1f"),
                                scaled(results.rateKeptByCpu(main, JOPIL, setting), 0.01)
                                        .text("%.1f")));
    }

    private Budget totalCpu() {
        Spread tcpdump = results.totalCpu(main, "tcpdump", DEFAULT);
        return new Budget(
                "G4",
                "CPU s for a million packets, in all",
                "≤ 0.06, ≤ 1/5 of tcpdump -w",
                totalCpu(DEFAULT, tcpdump),
                totalCpu(EVERYTHING, tcpdump),
                (tcpdump.isEmpty() ? "" : "tcpdump -w in the same run: " + tcpdump.text("%.3f"))
                        + emptyProgram(results.totalCpu(main, EmptyProgram.NAME, ""), 1, "%.3f", "s"));
    }

    private Budget.Cell totalCpu(String setting, Spread tcpdump) {
        Spread cpu = results.totalCpu(main, JOPIL, setting);
        if (cpu.isEmpty()) {
            return Budget.Cell.NOT_MEASURED;
        }
        boolean kept = cpu.median() <= 0.06 && (tcpdump.isEmpty() || cpu.median() <= tcpdump.median() / 5);
        String ratio = tcpdump.isEmpty() ? "" : String.format("; %.2f of tcpdump -w", cpu.median() / tcpdump.median());
        return new Budget.Cell(Budget.Verdict.of(kept), cpu.text("%.3f") + ratio);
    }

    private Budget events() {
        List<Results.Measurement> runs = results.of(main, JOPIL, EVERYTHING);
        Budget.Cell cell = Budget.Cell.NOT_MEASURED;
        if (!runs.isEmpty()) {
            Spread rate = scaled(results.rate(main, JOPIL, EVERYTHING), 1e6);
            Spread lost = share(runs, "events_ring_full");
            Spread sampledOut = share(runs, "events_sampled_out");
            double ns = (results.senderCpu(main, JOPIL, EVERYTHING).median()
                            - results.senderCpu(main, JOPIL, DEFAULT).median())
                    * 1000;
            Spread wakeups = Spread.of(runs.stream()
                    .map(m -> m.details().getOrDefault("wakeups", 0L) / m.seconds())
                    .toList());
            boolean kept = rate.median() >= 3
                    && lost.max() == 0
                    && sampledOut.max() == 0
                    && !(ns > 125)
                    && wakeups.median() <= 100;
            cell = new Budget.Cell(
                    Budget.Verdict.of(kept),
                    String.format(
                            "%s Mpps; ring full %s %%, sampled out %s %% of the events; %+.0f ns; %s waits a second",
                            rate.text("%.2f"),
                            scaled(lost, 0.01).text("%.2f"),
                            scaled(sampledOut, 0.01).text("%.1f"),
                            ns,
                            wakeups.text("%.0f")));
        }
        Spread none = results.rate(main, "none", "");
        return new Budget(
                "G5",
                "an event for every packet",
                "no loss at ≥ 3 Mpps, ≤ +125 ns, ≤ 100 wake-ups/s",
                Budget.Cell.NOT_MEASURED,
                cell,
                none.isEmpty()
                        ? ""
                        : "the sender into the stack without us: "
                                + scaled(none, 1e6).text("%.2f") + " Mpps on one core");
    }

    private static Spread share(List<Results.Measurement> runs, String detail) {
        return Spread.of(runs.stream()
                .map(m -> m.details().getOrDefault(detail, 0L) / (double) m.sent())
                .toList());
    }

    private Budget reader() {
        Optional<Results.Score> c = Scores.cpu(results, "RingBenchmark.c");
        Optional<Results.Score> fast = Scores.cpu(results, "RingBenchmark.java");
        Optional<Results.Score> plain = Scores.cpu(results, "RingBenchmark.javaBuffers");
        Budget.Cell cell = Budget.Cell.NOT_MEASURED;
        if (c.isPresent() && fast.isPresent() && plain.isPresent()) {
            double fastRatio = fast.get().score() / c.get().score();
            double plainRatio = plain.get().score() / c.get().score();
            cell = new Budget.Cell(
                    Budget.Verdict.of(fastRatio <= 1.3 && plainRatio <= 2.2),
                    String.format(
                            "%.2f fast, %.2f plain (%s; %s)",
                            fastRatio, plainRatio, text("fast", fast.get()), text("plain", plain.get())));
        }
        return new Budget(
                "G6",
                "Java ring reader to the C loop",
                "≤ 1.3 fast, ≤ 2.2 plain (0 B an event: RingReaderAllocationTest)",
                cell,
                Budget.Cell.NOT_MEASURED,
                c.map(score -> text("the C loop", score)).orElse(""));
    }

    private Budget scan() {
        Optional<Results.Score> scan = Scores.cpu(results, "FlowTableBenchmark.scanUnchanged");
        Optional<Results.Score> drain = Scores.cpu(results, "FlowTableBenchmark.drainMerged");
        Budget.Cell cell = Budget.Cell.NOT_MEASURED;
        if (scan.isPresent() && drain.isPresent()) {
            cell = new Budget.Cell(
                    Budget.Verdict.of(
                            scan.get().score() <= 10 * NS_PER_MS && drain.get().score() <= 60 * NS_PER_MS),
                    String.format(
                            "%.1f ms; %.1f ms",
                            scan.get().score() / NS_PER_MS, drain.get().score() / NS_PER_MS));
        }
        return new Budget(
                "G7",
                "scan of 1M slots; drain of 500k changed flows",
                "≤ 10 ms; ≤ 60 ms",
                cell,
                Budget.Cell.NOT_MEASURED,
                Scores.cpu(results, "FlowTableBenchmark.scanUnchangedC")
                        .map(c -> String.format("the C loop's scan: %.1f ms", c.score() / NS_PER_MS))
                        .orElse(""));
    }

    private Budget subscribers() {
        Optional<Results.Score> columns = Scores.cpu(results, "BusBenchmark.columns");
        return new Budget(
                "G8",
                "8 subscribers, ns an event in all",
                "≤ 15",
                columns.map(score -> new Budget.Cell(Budget.Verdict.of(score.score() <= 15), text("bus", score)))
                        .orElse(Budget.Cell.NOT_MEASURED),
                Budget.Cell.NOT_MEASURED,
                Scores.cpu(results, "BusBenchmark.disruptor")
                        .map(score -> text("the Disruptor", score))
                        .orElse(""));
    }

    private static String text(String what, Results.Score score) {
        return String.format("%s %.2f (%.2f–%.2f) ns", what, score.score(), score.min(), score.max());
    }

    private Budget stages() {
        return new Budget(
                "G9",
                "stage latency, one packet in 64 followed, ns a run of a program above an empty one",
                "≤ 15 at receive, ≤ 40 at copy and read",
                stageCost(),
                Budget.Cell.NOT_MEASURED,
                "");
    }

    private Budget.Cell stageCost() {
        Optional<Spread> receive = stageCost("jopil_receive");
        Optional<Spread> copy = stageCost("jopil_copy");
        Optional<Spread> read = stageCost("jopil_tcp_read");
        if (receive.isEmpty() || copy.isEmpty() || read.isEmpty()) {
            return Budget.Cell.NOT_MEASURED;
        }
        boolean kept =
                receive.get().median() <= 15 && copy.get().median() + read.get().median() <= 40;
        return new Budget.Cell(
                Budget.Verdict.of(kept),
                String.format(
                        "receive %s; copy %s and read %s ns",
                        receive.get().text("%.0f"),
                        copy.get().text("%.0f"),
                        read.get().text("%.0f")));
    }

    private Optional<Spread> stageCost(String program) {
        return results.figure(JourneyCosts.name(program), JourneyCosts.TOOL, JourneyCosts.BY_DEFAULT);
    }

    private Budget idle() {
        return new Budget(
                "G10",
                "idle; resident at 100k flows",
                "≤ 1 % of a core; ≤ 350 MB",
                idle(DEFAULT),
                idle(EVERYTHING),
                "");
    }

    private Budget.Cell idle(String setting) {
        Optional<Spread> idle = results.figure(IDLE, JOPIL, setting);
        Spread rss = results.loads().stream()
                .filter(load -> load.contains("-" + MANY_FLOWS + "-60-4"))
                .findFirst()
                .map(load -> scaled(results.rss(load, JOPIL, setting), MB))
                .orElse(Spread.of());
        if (idle.isEmpty() && rss.isEmpty()) {
            return Budget.Cell.NOT_MEASURED;
        }
        boolean kept = idle.map(i -> i.median() <= 1).orElse(true) && (rss.isEmpty() || rss.median() <= 350);
        return new Budget.Cell(
                Budget.Verdict.of(kept),
                idle.map(i -> i.text("%.2f") + " %").orElse("–") + "; " + rss.text("%.0f") + " MB");
    }

    private Budget latency() {
        return new Budget(
                "G11",
                "attach to first data; start; packet to page p99, counts and new_packet",
                "≤ 1 s; ≤ 6 s warm; ≤ 1.2 s, ≤ 250 ms",
                latency(DEFAULT),
                latency(EVERYTHING),
                "");
    }

    private Budget.Cell latency(String setting) {
        Map<String, Double> limits =
                Map.of(FIRST_DATA, 1000.0, START, 6000.0, COUNT_LATENCY, 1200.0, PACKET_LATENCY, 250.0);
        List<String> values = new ArrayList<>();
        boolean kept = true;
        for (String name : List.of(FIRST_DATA, START, COUNT_LATENCY, PACKET_LATENCY)) {
            Optional<Spread> ms = results.figure(name, JOPIL, setting);
            if (ms.isPresent()) {
                kept &= ms.get().median() <= limits.get(name);
                values.add(ms.get().text("%.0f") + " ms");
            } else {
                values.add("–");
            }
        }
        return values.stream().allMatch("–"::equals)
                ? Budget.Cell.NOT_MEASURED
                : new Budget.Cell(Budget.Verdict.of(kept), String.join("; ", values));
    }

    /** In another unit: each value divided by this. */
    static Spread scaled(Spread s, double unit) {
        return new Spread(s.median() / unit, s.min() / unit, s.max() / unit, s.count());
    }
}
