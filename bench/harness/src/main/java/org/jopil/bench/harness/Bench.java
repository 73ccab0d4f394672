// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * {@code jopil bench}: takes all measurements, prints and writes them. {@code libexec/bench.sh} starts it and removes what a
 * killed one left.
 */
public final class Bench {
    private static final Duration FULL_LIMIT = Duration.ofMinutes(38);
    private static final Duration QUICK_LIMIT = Duration.ofMinutes(6);
    private static final Duration FIRST_DATA_LIMIT = Duration.ofSeconds(15);
    private static final int LATENCY_PPS = 20;
    private static final int WARM_UPS = 3;
    private static final Duration REST = Duration.ofSeconds(3);
    private static final Duration COMPILERS_REST = Duration.ofSeconds(40);

    private final Options options;
    private final Cleanup cleanup;
    private final long start = System.nanoTime();
    private final Instant started = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    private final List<Results.Measurement> measurements = new ArrayList<>();
    private final List<Results.Figure> figures = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private Bench(Options options, Cleanup cleanup) {
        this.options = options;
        this.cleanup = cleanup;
    }

    /** {@code document RESULTS PAGE} writes the page's figures from an earlier run; else {@link Options}. */
    public static void main(String[] words) throws IOException {
        if (words.length == 3 && words[0].equals("document")) {
            Document.update(Path.of(words[2]), Results.read(Path.of(words[1])));
            return;
        }
        Options options;
        try {
            options = Options.parse(words);
        } catch (IllegalArgumentException e) {
            System.err.println("jopil bench: " + e.getMessage());
            System.exit(2);
            return;
        }
        Cleanup cleanup = new Cleanup();
        Runtime.getRuntime().addShutdownHook(new Thread(cleanup::end, "cleanup"));
        new Bench(options, cleanup).run();
    }

    private void run() throws IOException {
        Files.createDirectories(options.out());
        List<Results.KernelCost> kernelCosts = List.of();
        List<Results.Score> scores = List.of();
        if (options.bpf().isPresent() && options.wantsBudget("g2")) {
            say("the sensor's program in the kernel, by test run");
            kernelCosts = KernelCosts.measure(options.bpf().get());
        }
        if (options.bpf().isPresent() && options.wantsBudget("g9")) {
            say("the programs of the journeys, hook by hook");
            figures.addAll(JourneyCosts.measure(options.bpf().get()));
        }
        List<Results.ToolInfo> infos = new ArrayList<>();
        if (options.wantsParts()) {
            parts(infos);
        } else if (options.wantsTraffic() || options.wantsBudget("g11")) {
            traffic(infos);
        }
        if (options.micro().isPresent() && options.wantsBudget("g6", "g7", "g8") && !options.quick()) {
            say("ring reader, table and bus, by JMH");
            scores = Scores.measure(options.micro().get(), options.work());
        }
        Results results = new Results(
                started.toString(),
                seconds(),
                options.quick(),
                machine(),
                infos,
                measurements,
                figures,
                kernelCosts,
                scores,
                notes);
        report(results);
    }

    /** Everything that needs packets. */
    private void traffic(List<Results.ToolInfo> infos) {
        Topology topology = cleanup.add(new Topology());
        Load load = new Load(options.load(), options.work());
        Runner runner = new Runner(topology, load);
        Topology.Wire quiet = topology.wire();
        List<Jopil> jopils = List.of(
                Jopil.byDefault(options.distribution(), options.work().resolve("default")),
                Jopil.withEverythingOn(options.distribution(), options.work().resolve("everything")));
        List<Tool> peers =
                Peer.present(options.work()).stream().filter(options::wants).toList();
        introduce(infos, jopils);
        introduce(infos, peers);
        if (options.wantsBudget("g11")) {
            jopils.forEach(jopil -> start(jopil, quiet));
        }
        if (options.wantsTraffic()) {
            rounds(runner, jopils, peers, quiet);
        }
        if (options.wantsTraffic() || options.wantsBudget("g11")) {
            say("starting " + jopils.size() + " instances");
            jopils.forEach(jopil -> jopil.start(quiet));
        }
        if (options.wantsTraffic()) {
            idle(jopils);
        }
        if (options.wantsBudget("g11")) {
            firstData(runner, jopils, peers);
            for (Jopil jopil : jopils) {
                latencies(topology, load, jopil);
            }
        }
        jopils.forEach(Jopil::close);
    }

    private void introduce(List<Results.ToolInfo> infos, List<? extends Tool> tools) {
        for (Tool tool : tools) {
            infos.add(new Results.ToolInfo(tool.name(), tool.setting(), tool.version(), tool.command()));
            if (tool instanceof Jopil jopil) {
                cleanup.add(jopil);
            }
        }
    }

    /** Each part by itself. */
    private void parts(List<Results.ToolInfo> infos) {
        Topology topology = cleanup.add(new Topology());
        Runner runner = new Runner(topology, new Load(options.load(), options.work()));
        Topology.Wire quiet = topology.wire();
        List<Jopil> parts = Jopil.parts(options.distribution(), options.work());
        introduce(infos, parts);
        for (int round = 1; round <= (options.quick() ? 1 : 3); round++) {
            List<Tool> order = new ArrayList<>(parts);
            order.add(Tool.none());
            Collections.rotate(order, round);
            for (Tool tool : order) {
                measure(runner, tool, quiet, Step.parts(), round);
            }
        }
    }

    /**
     * Measures on each of these loads. An instance of JOPIL is there for that only: its programs at the kernel's
     * tracepoints run for every packet of the machine, and would slow what is measured beside it.
     */
    private void measure(Runner runner, Tool tool, Topology.Wire quiet, List<LoadCase> loads, int round) {
        attempt("round " + round + ", " + tool.title(), () -> {
            try {
                if (tool instanceof Jopil jopil) {
                    jopil.start(quiet);
                    for (int i = 0; i < WARM_UPS; i++) {
                        runner.measure(jopil, LoadCase.MAIN.withPackets(most(500_000)), 0);
                    }
                    Commands.pause(REST);
                }
                for (LoadCase load : loads) {
                    LoadCase given = load.withPackets(most(load.packets()));
                    Results.Measurement m = runner.measure(tool, given, round);
                    measurements.add(m);
                    progress(given, m, tool);
                }
            } finally {
                if (tool instanceof Jopil jopil) {
                    jopil.close();
                }
            }
        });
    }

    /** The second start is the warm one. */
    private void start(Jopil jopil, Topology.Wire wire) {
        say("starting " + jopil.title() + ", cold and warm");
        jopil.start(wire);
        jopil.close();
        figure(Budgets.START, jopil, "ms", Spread.of((double) jopil.start(wire).toMillis()));
        jopil.close();
    }

    /** What they need when attached to a quiet link. */
    private void idle(List<Jopil> jopils) {
        int samples = options.quick() ? 5 : 10;
        say("idle for " + samples + " s, once the compilers have rested");
        Commands.pause(options.quick() ? Duration.ofSeconds(2) : COMPILERS_REST);
        Map<Jopil, List<Double>> percent = new LinkedHashMap<>();
        for (int i = 0; i < samples; i++) {
            Map<Jopil, Long> before = new LinkedHashMap<>();
            jopils.forEach(jopil -> before.put(jopil, ProcessTree.cpuNs(jopil.process())));
            long from = System.nanoTime();
            Commands.pause(Duration.ofSeconds(1));
            double ns = (double) (System.nanoTime() - from);
            jopils.forEach(jopil -> percent.computeIfAbsent(jopil, j -> new ArrayList<>())
                    .add((ProcessTree.cpuNs(jopil.process()) - before.get(jopil)) / ns * 100));
        }
        percent.forEach((jopil, values) -> {
            Spread spread = Spread.of(values);
            figure(Budgets.IDLE, jopil, "% of a core", spread);
        });
    }

    /** All steps, round by round, each round in another order. */
    private void rounds(Runner runner, List<Jopil> jopils, List<Tool> peers, Topology.Wire quiet) {
        Duration limit = options.quick() ? QUICK_LIMIT : FULL_LIMIT;
        Tool floor = new EmptyProgram(options.load());
        for (Step step : options.quick() ? Step.quick() : Step.full()) {
            for (int round = 1; round <= step.rounds(); round++) {
                if (seconds() > limit.toSeconds()) {
                    notes.add(step.load().title() + ": round " + round + " of " + step.rounds()
                            + " and what follows was left out, the time was over");
                    say(notes.get(notes.size() - 1));
                    return;
                }
                List<Tool> order = new ArrayList<>(jopils);
                if (step.peers()) {
                    order.addAll(peers);
                }
                order.add(Tool.none());
                if (step.peers()) {
                    order.add(floor);
                }
                Collections.rotate(order, round);
                for (Tool tool : order) {
                    measure(runner, tool, quiet, List.of(step.load()), round);
                }
            }
        }
    }

    private void firstData(Runner runner, List<Jopil> jopils, List<Tool> peers) {
        List<Tool> tools = new ArrayList<>(jopils);
        tools.addAll(peers);
        for (Tool tool : tools) {
            List<Double> ms = new ArrayList<>();
            for (int i = 0; i < (options.quick() ? 1 : 3); i++) {
                attempt(
                        Budgets.FIRST_DATA + ", " + tool.title(),
                        () -> ms.add(runner.firstDataMs(tool, FIRST_DATA_LIMIT)));
            }
            if (ms.contains(Double.NaN)) {
                notes.add(tool.title() + ": no data within " + FIRST_DATA_LIMIT.toSeconds() + " s of its start");
            } else {
                figure(Budgets.FIRST_DATA, tool, "ms", Spread.of(ms));
            }
        }
    }

    /** Packets one at a time, and when a live client knows of them. */
    private void latencies(Topology topology, Load load, Jopil jopil) {
        int packets = options.quick() ? 100 : 400;
        attempt(Budgets.PACKET_LATENCY + ", " + jopil.title(), () -> {
            try (Topology.Wire wire = topology.wire();
                    Tool.Watch watch = jopil.watch(wire)) {
                Latencies latencies = new Latencies(wire.spec());
                try (LiveClient client = jopil.connect(latencies::accept)) {
                    client.subscribe(1000);
                    Process sender = load.begin(wire, new LoadCase("skb", 10, 60, 4, packets), LATENCY_PPS);
                    try {
                        Duration time = Duration.ofSeconds(packets / LATENCY_PPS + 10);
                        Commands.await(time, () -> latencies.packets() >= packets && latencies.counted() >= packets);
                    } finally {
                        sender.destroyForcibly();
                    }
                }
                if (latencies.packets() < packets) {
                    notes.add(String.format(
                            "%s: %d of %d packets came to the live client",
                            jopil.title(), latencies.packets(), packets));
                }
                figure(Budgets.PACKET_LATENCY, jopil, "ms", Spread.of(Spread.percentile(0.99, latencies.packetMs())));
                figure(Budgets.COUNT_LATENCY, jopil, "ms", Spread.of(Spread.percentile(0.99, latencies.countMs())));
            }
        });
    }

    /** A step that fails is told and leaves the others. */
    private void attempt(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            notes.add(what + " failed: " + e.getMessage());
            say(notes.get(notes.size() - 1));
        }
    }

    private void figure(String name, Tool tool, String unit, Spread value) {
        figures.add(new Results.Figure(name, tool.name(), tool.setting(), unit, value));
        say(name + ", " + tool.title() + ": " + value.text("%.2f") + " " + unit);
    }

    private long most(long packets) {
        return Math.min(packets, options.packets());
    }

    private void progress(LoadCase load, Results.Measurement m, Tool tool) {
        say(String.format(
                "%s, round %d, %s: %.2f Mpps%s%s",
                load.title(),
                m.round(),
                tool.title(),
                m.packetsPerSecond() / 1e6,
                m.seen() == null ? "" : String.format(", seen %,d of %,d", m.seen(), m.sent()),
                m.flowsRight() == null ? "" : String.format(", flows right %,d of %,d", m.flowsRight(), m.flows())));
    }

    private void say(String text) {
        System.out.printf("%5.0f s  %s%n", seconds(), text);
    }

    private double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    private void report(Results results) throws IOException {
        Path out = options.out();
        results.write(out.resolve("results.json"));
        StringBuilder text = new StringBuilder();
        new Tables(results).all().forEach(table -> text.append('\n').append(table.text()));
        notes.forEach(note -> text.append("note: ").append(note).append('\n'));
        Files.writeString(out.resolve("results.txt"), text);
        Files.writeString(out.resolve("results.md"), Document.figures(results, List.of()));
        new Plots(results).write(out);
        System.out.print(text);
        System.out.println("\nAll of it: " + out);
        if (options.document().isPresent()) {
            Document.update(options.document().get(), results);
        }
    }

    private static Map<String, String> machine() throws IOException {
        Map<String, String> machine = new LinkedHashMap<>();
        Path cpu = Path.of("/proc/cpuinfo");
        String model = Files.readAllLines(cpu).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
        OptionalLong memoryKiB = ProcessTree.number(Path.of("/proc/meminfo"), "MemTotal:");
        machine.put("CPU", model + " x " + Runtime.getRuntime().availableProcessors());
        machine.put("memory", memoryKiB.orElse(0) / 1_000_000 + " GB");
        machine.put(
                "kernel",
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
        machine.put("Java", System.getProperty("java.version"));
        return machine;
    }
}
