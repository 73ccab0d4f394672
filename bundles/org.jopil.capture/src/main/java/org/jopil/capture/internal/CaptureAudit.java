// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.stream.Collectors;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Captures;
import org.jopil.bpf.EpochClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Who captured what, and what became of it. */
@Component(service = ReportSource.class)
@AnalyzerProperties(name = "captures", latency_ms = 1000)
public final class CaptureAudit implements ReportSource {
    private static final Column[] COLUMNS = {
        column("number", Type.NUMBER, "Counted since start"),
        column("begun", Type.TIME, "When it began"),
        column("who", Type.TEXT, "Who asked for it, and how"),
        column("interfaces", Type.TEXT, "Where"),
        column("filter", Type.TEXT, "Primitives of pcap-filter, null for all frames"),
        detail("filtered_by", Type.TEXT, "kernel, nothing, or user space with the cause"),
        column("snaplen_bytes", Type.BYTES, "Bytes kept of a frame; 0: headers alone, never payload"),
        column("output", Type.TEXT, "File, or where the stream went"),
        column("running", Type.BOOLEAN, "Whether it goes on"),
        detail("seen", Type.NUMBER, "Frames at the hooks; a super-packet is one"),
        column("matched", Type.NUMBER, "Of these: passed the filter"),
        column("written", Type.NUMBER, "Of these: are in the output"),
        column("ring_full", Type.NUMBER, "Of these: lost, the kernel's ring was full"),
        detail("ring_full_undecided", Type.NUMBER, "Of these: nobody can say whether they would have matched"),
        detail("not_written", Type.NUMBER, "Lost, the output failed"),
        detail("beyond", Type.NUMBER, "Came after the last one that was wanted"),
        column("written_bytes", Type.BYTES, "Size of the output"),
        column("end", Type.TEXT, "Why it ended, null while it goes on")
    };

    private final Captures captures;

    @Activate
    public CaptureAudit(@Reference Captures captures) {
        this.captures = captures;
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(query.sort().isPresent() ? query : query.withSort("-number"), COLUMNS);
        for (Captures.Entry entry : captures.entries()) {
            Captures.Order order = entry.order();
            Captures.State state = entry.state();
            report.row(
                    entry.number(),
                    EpochClock.ns(entry.begun()),
                    order.who(),
                    order.interfaces(),
                    order.filter().isBlank() ? null : order.filter(),
                    state.sources().stream()
                            .map(Captures.Source::filteredBy)
                            .distinct()
                            .collect(Collectors.joining("; ")),
                    (long) order.snaplenBytes(),
                    entry.output(),
                    state.running(),
                    state.seen(),
                    state.matched(),
                    state.written(),
                    state.ringFull(),
                    state.undecidedRingFull(),
                    state.notWritten(),
                    state.beyond(),
                    state.writtenBytes(),
                    state.running() ? null : state.end());
        }
        return report.build();
    }
}
