// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.latency.internal;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.LatencySource.Histogram;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * How long followed packets took for each stage, over any window of the last day: every two seconds what came since is
 * kept, by the kernel's own keys.
 */
@Component(service = {Poller.class, ReportSource.class})
@AnalyzerProperties(name = "latency", latency_ms = 2000)
public final class LatencyAnalyzer implements Poller, ReportSource {
    private final LatencySource source;
    private final Windows windows = new Windows();
    private Map<Integer, int[]> before = Map.of();
    private long polledNs;

    /** Called by the component runtime. */
    @Activate
    public LatencyAnalyzer(@Reference LatencySource source) {
        this.source = source;
    }

    @Override
    public void poll() {
        Instant now = Instant.now();
        poll(now.getEpochSecond() * 1_000_000_000L + now.getNano());
    }

    void poll(long nowNs) {
        Map<Integer, int[]> seen = new HashMap<>();
        Windows.Slot slot = new Windows.Slot(polledNs, nowNs);
        // what was counted before the first look was counted nobody knows when
        boolean first = polledNs == 0;
        try {
            source.read(histogram -> {
                int[] known = before.get(histogram.id());
                if (!first) {
                    keep(slot, histogram, known);
                }
                int[] now = known == null ? new int[LatencySource.BUCKETS] : known;
                System.arraycopy(histogram.buckets(), 0, now, 0, now.length);
                seen.put(histogram.id(), now);
            });
        } catch (JopilException nothingIsFollowed) {
            return; // whoever asks is told so
        }
        before = seen;
        polledNs = nowNs;
        windows.add(slot);
    }

    private static void keep(Windows.Slot slot, Histogram histogram, int[] known) {
        Counts counts = Counts.between(
                known == null ? new int[LatencySource.BUCKETS] : known, histogram.buckets(), histogram.recentMaxNs());
        if (counts != null) {
            slot.counts.merge(histogram.key(), counts, Counts::plus);
        }
    }

    @Override
    public Report report(Query query) throws FilterException {
        boolean sampled = source.followOneIn() > 1;
        Report.Builder report = new LatencyReport(windows, polledNs).build(query);
        report.asOf(Instant.ofEpochSecond(0, polledNs));
        return (sampled ? report.sampled() : report).build();
    }
}
