// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.event.Direction;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Counters;
import org.jopil.api.source.SoftirqSource;
import org.jopil.api.source.SoftirqSource.Vector;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * How the work is spread over the CPUs, and which of them cannot keep up. Totals are the kernel's, read when it is asked;
 * rates are those of the last second that was measured. A CPU that counts nothing is listed too: it is what imbalance is
 * about.
 */
@Component(service = {Poller.class, ReportSource.class})
@AnalyzerProperties(name = "cpus", latency_ms = 1000)
public final class CpuAnalyzer implements Poller, ReportSource {
    private static final long UNKNOWN = -1;
    private static final Column[] COLUMNS = {
        column("cpu", Type.NUMBER, "Number of the CPU that the packet was counted on"),
        column("packets", Type.PACKETS, "Wire packets since start, all interfaces and directions"),
        column("bytes", Type.BYTES, "Wire bytes since start"),
        column("share_percent", Type.PERCENT, "Part of all packets since start"),
        column("packets_per_second", Type.PACKETS_PER_SECOND, "Rate over the last second, null before the first"),
        column(
                "imbalance",
                Type.REAL,
                "Packets of this CPU over the mean of all online CPUs: 1 is even, the largest of the column says how uneven"),
        column(
                "squeezed",
                Type.NUMBER,
                "Times since start that the receive softirq stopped with packets still waiting: its budget"
                        + " (net.core.netdev_budget) or its time had run out"),
        detail("squeezed_per_second", Type.REAL, "Rate over the last second, null before the first"),
        column(
                "backlog_dropped",
                Type.PACKETS,
                "Packets since start that found the CPU's backlog full (net.core.netdev_max_backlog): of lo, veth and RPS"),
        detail(
                "backlog_dropped_per_second",
                Type.PACKETS_PER_SECOND,
                "Rate over the last second, null before the first"),
        detail("backlog_length", Type.NUMBER, "Packets in the CPU's backlog now"),
        column(
                "ksoftirqd_percent",
                Type.PERCENT,
                "Part of the last second that ksoftirqd ran: softirqs were too many for between; null where it is hidden"),
        column(
                "rx_delay_p99_ns",
                Type.NANOSECONDS,
                "From the first raise of the receive softirq to its run, at most this for 99 of 100, over the last 34 to 69 s;"
                        + " null where it is not measured"),
        column("rx_delay_max_ns", Type.NANOSECONDS, "The longest of those"),
        column("rx_run_p99_ns", Type.NANOSECONDS, "How long a run of the receive softirq took, as rx_delay_p99_ns"),
        detail("rx_run_max_ns", Type.NANOSECONDS, "The longest of those"),
        detail("rx_runs", Type.NUMBER, "Runs of the receive softirq since start"),
        detail("tx_delay_p99_ns", Type.NANOSECONDS, "As rx_delay_p99_ns, of the send softirq"),
        detail("tx_delay_max_ns", Type.NANOSECONDS, "The longest of those"),
        detail("tx_run_p99_ns", Type.NANOSECONDS, "How long a run of the send softirq took"),
        detail("tx_run_max_ns", Type.NANOSECONDS, "The longest of those"),
        detail("tx_runs", Type.NUMBER, "Runs of the send softirq since start"),
        detail("softirqs_missing", Type.TEXT, "Why softirqs are not measured, null where they are")
    };

    /** What rates are made of, by CPU. */
    private record Look(long ns, long[] packets, long[] squeezed, long[] dropped, long[] ksoftirqdNs) {
        private static final Look NONE = new Look(0, new long[0], new long[0], new long[0], new long[0]);
    }

    private final Counters counters;
    private final OnlineCpus onlineCpus;
    private final SoftnetCounters softnet;
    private final Ksoftirqd ksoftirqd = new Ksoftirqd();
    private final SoftirqTimes softirqs = new SoftirqTimes();
    private volatile SoftirqSource source;

    private Look before = Look.NONE;
    private Look latest = Look.NONE;

    /** Called by the component runtime. */
    @Activate
    public CpuAnalyzer(@Reference Counters counters) {
        this(counters, OnlineCpus.ofThisMachine(), new SoftnetCounters());
    }

    CpuAnalyzer(Counters counters, OnlineCpus onlineCpus, SoftnetCounters softnet) {
        this.counters = counters;
        this.onlineCpus = onlineCpus;
        this.softnet = softnet;
    }

    /** Another one comes when measuring is turned on or off; all else goes on. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void setSoftirqs(SoftirqSource service) {
        source = service;
    }

    void unsetSoftirqs(SoftirqSource service) {
        if (source == service) {
            source = null;
        }
    }

    @Override
    public void poll() {
        poll(System.nanoTime());
    }

    void poll(long nowNs) {
        long[] packets = read()[0];
        softnet.look();
        softirqs.poll(source);
        before = latest;
        latest = new Look(
                nowNs,
                packets,
                each(packets, cpu -> softnet.of(cpu).map(SoftnetCounters.Cpu::squeezed)),
                each(packets, cpu -> softnet.of(cpu).map(SoftnetCounters.Cpu::dropped)),
                each(packets, ksoftirqd::runNs));
    }

    private static long[] each(long[] packets, IntFunction<Optional<Long>> value) {
        return IntStream.range(0, packets.length)
                .mapToLong(cpu -> value.apply(cpu).orElse(UNKNOWN))
                .toArray();
    }

    /** Packets and bytes by CPU. */
    private long[][] read() {
        long[][] sums = {new long[onlineCpus.highest() + 1], new long[onlineCpus.highest() + 1]};
        counters.read((int interfaceId, Direction direction, int cpu, int protocol, long packets, long bytes) -> {
            if (cpu >= sums[0].length) {
                sums[0] = Arrays.copyOf(sums[0], cpu + 1);
                sums[1] = Arrays.copyOf(sums[1], cpu + 1);
            }
            sums[0][cpu] += packets;
            sums[1][cpu] += bytes;
        });
        return sums;
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(query, COLUMNS);
        long[][] now = read();
        softnet.look();
        softirqs.look(source);
        long all = Arrays.stream(now[0]).sum();
        int listed = 0;
        for (int cpu = 0; cpu < now[0].length; cpu++) {
            listed += isListed(cpu, now[0]) ? 1 : 0;
        }
        for (int cpu = 0; cpu < now[0].length; cpu++) {
            if (isListed(cpu, now[0])) {
                report.row(row(cpu, now[0][cpu], now[1][cpu], all, listed));
            }
        }
        return report.build();
    }

    private Object[] row(int cpu, long packets, long bytes, long all, int listed) {
        Optional<SoftnetCounters.Cpu> given = softnet.of(cpu);
        Double running = perSecond(Look::ksoftirqdNs, cpu, UNKNOWN);
        SoftirqTimes.Summary rxDelay = softirqs.delay(cpu, Vector.NET_RX);
        SoftirqTimes.Summary rxRun = softirqs.run(cpu, Vector.NET_RX);
        SoftirqTimes.Summary txDelay = softirqs.delay(cpu, Vector.NET_TX);
        SoftirqTimes.Summary txRun = softirqs.run(cpu, Vector.NET_TX);
        return new Object[] {
            cpu,
            packets,
            bytes,
            all == 0 ? null : 100.0 * packets / all,
            perSecond(Look::packets, cpu, 0),
            all == 0 ? null : (double) packets * listed / all,
            given.map(SoftnetCounters.Cpu::squeezed).orElse(null),
            perSecond(Look::squeezed, cpu, UNKNOWN),
            given.map(SoftnetCounters.Cpu::dropped).orElse(null),
            perSecond(Look::dropped, cpu, UNKNOWN),
            given.map(SoftnetCounters.Cpu::length).orElse(null),
            running == null ? null : Math.min(100.0, running / 1e7),
            rxDelay.p99Ns(),
            rxDelay.maxNs(),
            rxRun.p99Ns(),
            rxRun.maxNs(),
            softirqs.runs(cpu, Vector.NET_RX),
            txDelay.p99Ns(),
            txDelay.maxNs(),
            txRun.p99Ns(),
            txRun.maxNs(),
            softirqs.runs(cpu, Vector.NET_TX),
            softirqs.missing().isEmpty() ? null : softirqs.missing()
        };
    }

    private boolean isListed(int cpu, long[] packets) {
        return packets[cpu] > 0 || onlineCpus.contains(cpu);
    }

    /** @param absent what a CPU has that was not there, {@link #UNKNOWN} where that says nothing */
    private Double perSecond(Function<Look, long[]> values, int cpu, long absent) {
        long from = at(values.apply(before), cpu, absent);
        long to = at(values.apply(latest), cpu, absent);
        return before.ns == 0 || from == UNKNOWN || to == UNKNOWN ? null : (to - from) * 1e9 / (latest.ns - before.ns);
    }

    private static long at(long[] values, int index, long absent) {
        return index < values.length ? values[index] : absent;
    }
}
