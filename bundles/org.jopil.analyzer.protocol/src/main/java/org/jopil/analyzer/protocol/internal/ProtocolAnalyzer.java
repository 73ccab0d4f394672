// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.protocol.internal;

import static org.jopil.api.report.Column.column;

import java.util.HashMap;
import java.util.Map;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
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
 * What the traffic consists of. Totals are the kernel's, read when it is asked; rates are those of the last second that
 * was measured.
 */
@Component(service = {Poller.class, ReportSource.class})
@AnalyzerProperties(name = "protocols", latency_ms = 1000)
public final class ProtocolAnalyzer implements Poller, ReportSource {
    private static final class Sum {
        private long packets;
        private long bytes;
    }

    private final Counters counters;

    private Map<Integer, Sum> before = Map.of();
    private Map<Integer, Sum> latest = Map.of();
    private long latestNs;
    private double seconds;

    /** Called by the component runtime. */
    @Activate
    public ProtocolAnalyzer(@Reference Counters counters) {
        this.counters = counters;
    }

    @Override
    public void poll() {
        poll(System.nanoTime());
    }

    void poll(long nowNs) {
        before = latest;
        latest = read();
        seconds = before.isEmpty() ? 0 : (nowNs - latestNs) / 1e9;
        latestNs = nowNs;
    }

    private Map<Integer, Sum> read() {
        Map<Integer, Sum> sums = new HashMap<>();
        counters.read((int interfaceId, Direction direction, int cpu, int protocol, long packets, long bytes) -> {
            Sum sum = sums.computeIfAbsent(protocol, p -> new Sum());
            sum.packets += packets;
            sum.bytes += bytes;
        });
        return sums;
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(
                query.sort().isPresent() ? query : query.withSort("-packets"),
                column("protocol", Type.TEXT, "Upper-layer protocol of IP, else what it is by its EtherType"),
                column("packets", Type.PACKETS, "Wire packets since start, all interfaces and directions"),
                column("bytes", Type.BYTES, "Wire bytes since start"),
                column(
                        "packets_per_second",
                        Type.PACKETS_PER_SECOND,
                        "Rate over the last second, null before the first"),
                column("bits_per_second", Type.BITS_PER_SECOND, "Rate over the last second, null before the first"),
                column("share_percent", Type.PERCENT, "Part of all packets since start"));
        Map<Integer, Sum> now = read();
        long all = now.values().stream().mapToLong(sum -> sum.packets).sum();
        now.forEach((protocol, sum) -> report.row(
                Protocols.name(protocol),
                sum.packets,
                sum.bytes,
                seconds > 0 ? (packets(latest, protocol) - packets(before, protocol)) / seconds : null,
                seconds > 0 ? 8 * (bytes(latest, protocol) - bytes(before, protocol)) / seconds : null,
                100.0 * sum.packets / all));
        return report.build();
    }

    private static long packets(Map<Integer, Sum> sums, int protocol) {
        Sum sum = sums.get(protocol);
        return sum == null ? 0 : sum.packets;
    }

    private static long bytes(Map<Integer, Sum> sums, int protocol) {
        Sum sum = sums.get(protocol);
        return sum == null ? 0 : sum.bytes;
    }
}
