// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToLongFunction;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Sampling;
import org.jopil.api.source.TcpSource;
import org.jopil.stats.Traffic.DirectionTraffic;

/** Snapshots as people and programs get them: maps of platform types, in the order in which they are shown. */
public final class StatsDocument {
    private StatsDocument() {}

    /** The object of {@code GET /api/stats}. */
    public static Map<String, Object> stats(Snapshot snapshot) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("sequence", snapshot.sequence());
        document.put("timestamp", snapshot.timestamp().toString());
        Traffic traffic = snapshot.traffic().orElse(null);
        document.put("total_packets", traffic == null ? null : traffic.total().packets());
        document.put("total_bytes", traffic == null ? null : traffic.total().bytes());
        document.put("flow_count", snapshot.flowCount().orElse(null));
        document.put("drops", snapshot.drops().orElse(null));
        document.put("tcp", snapshot.tcp().map(StatsDocument::tcp).orElse(null));
        document.put("uptime", snapshot.uptimeSeconds());
        document.put("protocols", traffic == null ? null : packets(traffic.protocols()));
        document.put("cpus", traffic == null ? null : packets(traffic.cpus()));
        document.put("interfaces", traffic == null ? null : interfaces(traffic));
        document.put("rates", rates(snapshot));
        document.put("ledger", snapshot.ledger().map(StatsDocument::ledgerSums).orElse(null));
        document.put("cost", usage(snapshot.usage()));
        document.put(
                "sampling", snapshot.sampling().map(StatsDocument::sampling).orElse(null));
        document.put("replay", snapshot.replay().map(ReplayDocument::of).orElse(null));
        return document;
    }

    /** What charts append every second. */
    public static Map<String, Object> point(Snapshot snapshot) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("sequence", snapshot.sequence());
        document.put("timestamp", snapshot.timestamp().toString());
        Point point = Point.of(snapshot);
        for (Metric metric : Metric.values()) {
            document.put(metric.text(), metric.of(point).orElse(null));
        }
        document.put(
                "protocols", snapshot.rates().map(r -> rates(r.protocols())).orElse(null));
        document.put("cpus", snapshot.rates().map(r -> rates(r.cpus())).orElse(null));
        return document;
    }

    /** The object of {@code GET /api/ledger}, as far as the ledger itself knows. */
    public static Map<String, Object> ledger(Ledger.Snapshot ledger) {
        Map<String, Object> events = events(ledger);
        events.put(
                "subscribers",
                ledger.subscribers().stream()
                        .map(s -> ordered(
                                "name", s.name(),
                                "delivered", s.delivered(),
                                "processed", s.processed(),
                                "overrun", s.overrun(),
                                "pending", s.pending(),
                                "difference", s.difference()))
                        .toList());
        return ordered(
                "difference",
                ledger.difference(),
                "findings",
                findings(ledger),
                "first_unbalanced",
                ledger.unbalanced().map(span -> instant(span.startNs())).orElse(null),
                "last_unbalanced",
                ledger.unbalanced().map(span -> instant(span.endNs())).orElse(null),
                "events",
                events,
                "hand_offs",
                ledger.handOffs().stream()
                        .map(h -> ordered(
                                "layer", h.layer(),
                                "name", h.name(),
                                "received", h.received(),
                                "passed", h.passed(),
                                "left_out", h.leftOut(),
                                "lost", h.lost(),
                                "waiting", h.waiting(),
                                "difference", h.difference()))
                        .toList(),
                "counts",
                ledger.counts().stream()
                        .map(c -> ordered(
                                "interface", c.interfaceName(),
                                "direction", c.direction(),
                                "protocol", c.protocol(),
                                "counter", c.counter(),
                                "flows", c.flows(),
                                "overflow", c.overflow(),
                                "difference", c.difference(),
                                "counter_bytes", c.bytes().counter(),
                                "flow_bytes", c.bytes().flows(),
                                "overflow_bytes", c.bytes().overflow(),
                                "difference_bytes", c.bytes().difference()))
                        .toList(),
                "gaps",
                ledger.gaps().stream()
                        .map(g ->
                                ordered("reason", g.reason(), "start", instant(g.startNs()), "end", instant(g.endNs())))
                        .toList(),
                "seconds",
                ledger.seconds().stream()
                        .map(s -> ordered(
                                "end", instant(s.endNs()),
                                "seen", s.observed(),
                                "delivered", s.delivered(),
                                "sampled_out", s.sampledOut(),
                                "ring_full", s.ringFull(),
                                "difference", s.difference()))
                        .toList());
    }

    private static List<Map<String, Object>> findings(Ledger.Snapshot ledger) {
        return ledger.findings().stream()
                .map(f -> ordered(
                        "layer", f.layer(),
                        "name", f.name(),
                        "amount", f.amount(),
                        "unit", f.unit(),
                        "since", instant(f.sinceNs()),
                        "text", f.text(),
                        "advice", f.advice()))
                .toList();
    }

    private static Map<String, Object> ledgerSums(Ledger.Snapshot ledger) {
        return ordered(
                "difference", ledger.difference(),
                "findings", findings(ledger),
                "events", events(ledger),
                "counter_packets", sum(ledger, Ledger.Count::counter),
                "flow_packets", sum(ledger, Ledger.Count::flows),
                "overflow_packets", sum(ledger, Ledger.Count::overflow));
    }

    private static Map<String, Object> events(Ledger.Snapshot ledger) {
        return ordered(
                "seen", ledger.observed(),
                "delivered", ledger.delivered(),
                "sampled_out", ledger.sampledOut(),
                "ring_full", ledger.ringFull(),
                "in_flight", ledger.inFlight(),
                "difference", ledger.eventsDifference());
    }

    private static long sum(Ledger.Snapshot ledger, ToLongFunction<Ledger.Count> value) {
        return ledger.counts().stream().mapToLong(value).sum();
    }

    private static Map<String, Object> packets(Map<?, Totals> totals) {
        Map<String, Object> document = new LinkedHashMap<>();
        totals.forEach((key, value) -> document.put(key.toString(), value.packets()));
        return document;
    }

    private static Map<String, Object> rates(Map<?, Rates.Rate> rates) {
        Map<String, Object> document = new LinkedHashMap<>();
        rates.forEach((key, value) -> document.put(key.toString(), value.packetsPerSecond()));
        return document;
    }

    private static Map<String, Object> interfaces(Traffic traffic) {
        Map<String, Object> document = new LinkedHashMap<>();
        traffic.interfaces()
                .forEach(link -> document.put(
                        link.name(),
                        ordered("ingress", direction(link.ingress()), "egress", direction(link.egress()))));
        return document;
    }

    private static Map<String, Object> direction(DirectionTraffic direction) {
        Totals totals = direction.totals();
        return ordered(
                "packets", totals == null ? null : totals.packets(),
                "bytes", totals == null ? null : totals.bytes(),
                "hook", direction.hook().isEmpty() ? null : direction.hook());
    }

    private static Map<String, Object> rates(Snapshot snapshot) {
        Rates.Rate total = snapshot.rates().map(Rates::total).orElse(null);
        return ordered(
                "packets_per_second", total == null ? null : total.packetsPerSecond(),
                "bits_per_second", total == null ? null : total.bitsPerSecond());
    }

    private static Map<String, Object> usage(Usage usage) {
        Cost.Measurement measured = usage.measurement();
        return ordered(
                "ns_per_packet",
                measured == null ? null : orNull(measured.nsPerPacket()),
                "gross_ns_per_packet",
                measured == null ? null : orNull(measured.grossNsPerPacket()),
                "measured_until",
                measured == null ? null : measured.end().toString(),
                "measuring",
                measured != null && measured.running(),
                "cpu_percent",
                usage.cpuPercent(),
                "rss_bytes",
                usage.rssBytes(),
                "kernel_bytes",
                usage.kernelBytes());
    }

    private static Map<String, Object> tcp(TcpSource.Sums sums) {
        TcpSource.Retransmits again = sums.retransmits();
        return ordered(
                "opened",
                sums.opened(),
                "accepted",
                sums.accepted(),
                "open_failures",
                sums.openFailures(),
                "accept_failures",
                sums.acceptFailures(),
                "retransmits",
                again.total(),
                "retransmits_by_kind",
                ordered(
                        "timeout", again.timeout(),
                        "fast", again.fast(),
                        "probe", again.probe(),
                        "syn", again.syn(),
                        "syn_ack", again.synAck()),
                "resets_sent",
                sums.resetsSent(),
                "resets_received",
                sums.resetsReceived(),
                "zero_windows_sent",
                sums.zeroWindowsSent(),
                "zero_windows_received",
                sums.zeroWindowsReceived(),
                "handshake_us",
                mean(sums.openedUs() + sums.acceptedUs(), sums.opened() + sums.accepted() - sums.unmeasured()));
    }

    private static Double mean(long sum, long number) {
        return number <= 0 ? null : Math.round(10.0 * sum / number) / 10.0;
    }

    private static Double orNull(OptionalDouble value) {
        return value.isPresent() ? Double.valueOf(value.getAsDouble()) : null;
    }

    private static Map<String, Object> sampling(Sampling.State state) {
        return ordered(
                "showing_one_of", state.step() == 0 ? null : state.step(),
                "limit_per_second", state.limitPerSecond(),
                "changes", state.changes());
    }

    private static String instant(long ns) {
        return Instant.ofEpochSecond(Math.floorDiv(ns, 1_000_000_000L), Math.floorMod(ns, 1_000_000_000L))
                .toString();
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> document = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            document.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return document;
    }
}
