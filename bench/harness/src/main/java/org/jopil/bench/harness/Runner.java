// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Takes one measurement: wire, tool, load, quiet, answer, end. */
final class Runner {
    /** A tool that looks at its tables once a second has looked at all by then. */
    private static final Duration LEAST_SETTLING = Duration.ofMillis(1200);

    private static final Duration MOST_SETTLING = Duration.ofSeconds(10);
    private static final Duration QUIET = Duration.ofMillis(250);
    private static final long QUIET_NS = 12_000_000;

    private final Topology topology;
    private final Load load;

    Runner(Topology topology, Load load) {
        this.topology = topology;
        this.load = load;
    }

    /** @throws IllegalStateException if the tool does not start or the load does not arrive */
    Results.Measurement measure(Tool tool, LoadCase wanted, int round) {
        LoadCase given = wanted.withPackets(Math.min(wanted.packets(), tool.mostPackets()));
        try (Topology.Wire wire = topology.wire();
                Tool.Watch watch = tool.watch(wire)) {
            long start = System.nanoTime();
            long ownBefore = cpuNs(watch);
            long softirqBefore = ProcessTree.softirqNs();
            Load.Sent sent = load.send(wire, given);
            if (sent.packets() == 0) {
                throw new IllegalStateException("no packet arrived");
            }
            double softirqSeconds = (ProcessTree.softirqNs() - softirqBefore) / 1e9;
            settle(watch);
            double ownSeconds = (cpuNs(watch) - ownBefore) / 1e9;
            double windowSeconds = (System.nanoTime() - start) / 1e9;
            long rss = watch.process().map(ProcessTree::rssBytes).orElse(0L);
            Optional<FlowKey> pushed = tool.holdsBack() ? Optional.of(load.push(wire, given)) : Optional.empty();
            if (pushed.isPresent()) {
                Commands.pause(LEAST_SETTLING);
            }
            Tool.Seen seen = watch.stop(sent.packets());
            long packetsPushed = pushed.flatMap(flow -> seen.flows().map(flows -> flows.get(flow)))
                    .map(FlowCount::packets)
                    .orElse(0L);
            Optional<Integer> right = sent.flows().isEmpty()
                    ? Optional.empty()
                    : seen.flows().map(flows -> Flows.right(sent.flows(), flows, tool.bytes()));
            return new Results.Measurement(
                    wanted.id(),
                    round,
                    tool.name(),
                    tool.setting(),
                    sent.packets(),
                    sent.undelivered(),
                    sent.seconds(),
                    sent.cpuSeconds() + softirqSeconds,
                    ownSeconds,
                    windowSeconds,
                    rss,
                    seen.packets().map(packets -> packets - packetsPushed).orElse(null),
                    sent.flows().isEmpty() ? null : sent.flows().size(),
                    right.orElse(null),
                    Map.copyOf(seen.details()));
        }
    }

    /** From the start of the tool, or its attachment, until a user can see data of traffic that is there already, ms. */
    double firstDataMs(Tool tool, Duration limit) {
        LoadCase trickle = new LoadCase("skb", 100, 60, 4, limit.toSeconds() * 1000 + 5000);
        try (Topology.Wire wire = topology.wire()) {
            Process sender = load.begin(wire, trickle, 1000);
            try {
                long start = System.nanoTime();
                try (Tool.Watch watch = tool.watch(wire)) {
                    boolean came = Commands.await(limit, watch::hasData);
                    return came ? (System.nanoTime() - start) / 1e6 : Double.NaN;
                }
            } finally {
                sender.destroyForcibly();
            }
        }
    }

    private static long cpuNs(Tool.Watch watch) {
        return watch.process().map(ProcessTree::cpuNs).orElse(0L);
    }

    /** Until the tool has nothing more to do. */
    private static void settle(Tool.Watch watch) {
        if (watch.process().isEmpty()) {
            return;
        }
        Commands.pause(LEAST_SETTLING);
        long deadline = System.nanoTime() + MOST_SETTLING.toNanos();
        long before = cpuNs(watch);
        while (System.nanoTime() < deadline) {
            Commands.pause(QUIET);
            long now = cpuNs(watch);
            if (now - before < QUIET_NS) {
                return;
            }
            before = now;
        }
    }
}
