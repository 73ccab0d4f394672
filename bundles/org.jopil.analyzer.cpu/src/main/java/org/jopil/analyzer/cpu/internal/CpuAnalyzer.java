// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import static org.jopil.api.report.Column.column;

import java.util.Arrays;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.event.Direction;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Counters;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * How the work is spread over the CPUs. Totals are the kernel's, read when it is asked; rates are those of the last
 * second that was measured. A CPU that counts nothing is listed too: it is what imbalance is about.
 */
@Component(service = {Poller.class, ReportSource.class})
@AnalyzerProperties(name = "cpus", latency_ms = 1000)
public final class CpuAnalyzer implements Poller, ReportSource {
    private final Counters counters;
    private final OnlineCpus onlineCpus;

    private long[] before = {};
    private long[] latest = {};
    private long latestNs;
    private double seconds;

    /** Called by the component runtime. */
    @Activate
    public CpuAnalyzer(@Reference Counters counters) {
        this(counters, OnlineCpus.ofThisMachine());
    }

    CpuAnalyzer(Counters counters, OnlineCpus onlineCpus) {
        this.counters = counters;
        this.onlineCpus = onlineCpus;
    }

    @Override
    public void poll() {
        poll(System.nanoTime());
    }

    void poll(long nowNs) {
        seconds = latestNs == 0 ? 0 : (nowNs - latestNs) / 1e9;
        before = latest;
        latest = read()[0];
        latestNs = nowNs;
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
        Report.Builder report = Report.of(
                query,
                column("cpu", Type.NUMBER, "Number of the CPU that the packet was counted on"),
                column("packets", Type.PACKETS, "Wire packets since start, all interfaces and directions"),
                column("bytes", Type.BYTES, "Wire bytes since start"),
                column("share_percent", Type.PERCENT, "Part of all packets since start"),
                column(
                        "packets_per_second",
                        Type.PACKETS_PER_SECOND,
                        "Rate over the last second, null before the first"),
                column(
                        "imbalance",
                        Type.REAL,
                        "Packets of this CPU over the mean of all online CPUs: 1 is even, the largest of the column says how uneven"));
        long[][] now = read();
        long all = Arrays.stream(now[0]).sum();
        int listed = 0;
        for (int cpu = 0; cpu < now[0].length; cpu++) {
            listed += isListed(cpu, now[0]) ? 1 : 0;
        }
        for (int cpu = 0; cpu < now[0].length; cpu++) {
            if (isListed(cpu, now[0])) {
                report.row(
                        cpu,
                        now[0][cpu],
                        now[1][cpu],
                        all == 0 ? null : 100.0 * now[0][cpu] / all,
                        seconds > 0 ? (at(latest, cpu) - at(before, cpu)) / seconds : null,
                        all == 0 ? null : (double) now[0][cpu] * listed / all);
            }
        }
        return report.build();
    }

    private boolean isListed(int cpu, long[] packets) {
        return packets[cpu] > 0 || onlineCpus.contains(cpu);
    }

    private static long at(long[] values, int index) {
        return index < values.length ? values[index] : 0;
    }
}
