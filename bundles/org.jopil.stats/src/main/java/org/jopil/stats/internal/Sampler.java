// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats.internal;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jopil.api.JopilException;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Counters;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Replays;
import org.jopil.api.source.Sampling;
import org.jopil.api.source.TcpSource;
import org.jopil.stats.Rates;
import org.jopil.stats.Snapshot;
import org.jopil.stats.Totals;
import org.jopil.stats.Traffic;
import org.jopil.stats.Traffic.DirectionTraffic;
import org.jopil.stats.Traffic.InterfaceTraffic;
import org.jopil.stats.Usage;

/** Makes one snapshot after the other. One thread. */
final class Sampler {
    /** States of flows that have not ended. */
    private static final Set<Object> LIVE = Set.of("new", "established", "closing");

    private final LongSupplier nanoTime;
    private final Process process = new Process(Path.of("/proc/self/status"));
    private long sequence;
    private Traffic before;
    private long beforeNs;
    private final Speed drops;
    private final Speed retransmits;

    Sampler(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.drops = new Speed(nanoTime);
        this.retransmits = new Speed(nanoTime);
    }

    Snapshot sample(Sources sources) {
        // asked before the counters are read: a busy analyzer then delays the reading and cannot bend a rate
        Optional<Long> flowCount = flowCount(sources);
        Optional<Long> dropped = drops(sources);
        Optional<Double> dropsPerSecond = drops.of(dropped);
        Optional<TcpSource.Sums> tcp = Optional.ofNullable(sources.tcp()).flatMap(TcpSource::sums);
        Optional<Double> retransmitsPerSecond =
                retransmits.of(tcp.map(sums -> sums.retransmits().total()));
        Optional<Ledger.Snapshot> ledger = Optional.ofNullable(sources.ledger()).map(Ledger::read);
        long nowNs = nanoTime.getAsLong();
        Instant timestamp = Instant.now();
        Traffic traffic = sources.counters() == null ? null : read(sources.counters(), sources.interfaces());
        Optional<Rates> rates = traffic == null || before == null
                ? Optional.empty()
                : Rates.between(before, traffic, (nowNs - beforeNs) / 1e9);
        before = traffic;
        beforeNs = nowNs;
        return new Snapshot(
                ++sequence,
                timestamp,
                ManagementFactory.getRuntimeMXBean().getUptime() / 1000,
                Optional.ofNullable(traffic),
                rates,
                flowCount,
                dropped,
                dropsPerSecond,
                tcp,
                retransmitsPerSecond,
                ledger,
                usage(sources.cost()),
                Optional.ofNullable(sources.sampling()).map(Sampling::sampling),
                Optional.ofNullable(sources.replays()).map(Replays::status).filter(Replays.Status::isShown));
    }

    private static Optional<Long> flowCount(Sources sources) {
        if (sources.reports() == null) {
            return Optional.empty();
        }
        try {
            Report groups =
                    sources.reports().ask("flows", Query.first(LIVE.size() * 4).withBy("state"));
            int state = groups.indexOf("key");
            int flows = groups.indexOf("flows");
            return Optional.of(groups.rows().stream()
                    .filter(row -> LIVE.contains(row[state]))
                    .mapToLong(row -> (long) row[flows])
                    .sum());
        } catch (JopilException notThereOrBusy) {
            return Optional.empty();
        }
    }

    private static Optional<Long> drops(Sources sources) {
        if (sources.reports() == null) {
            return Optional.empty();
        }
        try {
            Report places = sources.reports().ask("drops", Query.first(Integer.MAX_VALUE));
            int packets = places.indexOf("packets");
            return Optional.of(
                    places.rows().stream().mapToLong(row -> (long) row[packets]).sum());
        } catch (JopilException notThereOrBusy) {
            return Optional.empty();
        }
    }

    private Usage usage(Cost cost) {
        return new Usage(
                cost == null ? null : cost.measurement().orElse(null),
                process.cpuPercent().orElse(null),
                process.rssBytes().orElse(null),
                cost == null ? null : cost.kernelBytes());
    }

    static Traffic read(Counters counters, Interfaces interfaces) {
        Map<Integer, Totals> protocols = new HashMap<>();
        Map<Integer, Totals> cpus = new TreeMap<>();
        Map<Integer, Totals> ingress = new TreeMap<>();
        Map<Integer, Totals> egress = new TreeMap<>();
        counters.read((id, direction, cpu, protocol, packets, bytes) -> {
            Totals counted = new Totals(packets, bytes);
            protocols.merge(protocol, counted, Totals::plus);
            if (cpu >= 0) { // a file does not tell it
                cpus.merge(cpu, counted, Totals::plus);
            }
            (direction == Direction.INGRESS ? ingress : egress).merge(id, counted, Totals::plus);
        });
        Totals total = protocols.values().stream().reduce(Totals.NONE, Totals::plus);
        return new Traffic(total, byName(protocols), cpus, byInterface(ingress, egress, interfaces));
    }

    private static Map<String, Totals> byName(Map<Integer, Totals> protocols) {
        Map<String, Totals> names = new LinkedHashMap<>();
        protocols.entrySet().stream()
                .sorted(Comparator.comparing(
                        e -> e.getValue().packets(),
                        Comparator.<Long>naturalOrder().reversed()))
                .forEach(e -> names.put(Protocols.name(e.getKey()), e.getValue()));
        return names;
    }

    private static List<InterfaceTraffic> byInterface(
            Map<Integer, Totals> ingress, Map<Integer, Totals> egress, Interfaces interfaces) {
        Map<Integer, InterfaceTraffic> links = new TreeMap<>();
        if (interfaces != null) {
            for (InterfaceStatus status : interfaces.list()) {
                if (status.id() != 0) {
                    links.put(
                            status.id(),
                            new InterfaceTraffic(
                                    status.id(),
                                    status.name(),
                                    direction(status.ingressHook(), ingress.get(status.id())),
                                    direction(status.egressHook(), egress.get(status.id()))));
                }
            }
        }
        for (Map<Integer, Totals> counted : List.of(ingress, egress)) {
            for (Integer id : counted.keySet()) {
                links.computeIfAbsent(
                        id,
                        gone -> new InterfaceTraffic(
                                id,
                                interfaces == null ? "if-" + id : interfaces.name(id),
                                direction("", ingress.get(id)),
                                direction("", egress.get(id))));
            }
        }
        List<InterfaceTraffic> sorted = new ArrayList<>(links.values());
        sorted.sort(Comparator.comparing(InterfaceTraffic::name));
        return sorted;
    }

    private static DirectionTraffic direction(String hook, Totals counted) {
        return new DirectionTraffic(hook, counted == null && !hook.isEmpty() ? Totals.NONE : counted);
    }
}
