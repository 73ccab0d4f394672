// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.PayloadListener;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.PayloadBatch;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Applications.Flow;
import org.jopil.api.source.Privacy;
import org.jopil.application.Detector;
import org.jopil.application.Detectors;
import org.jopil.application.Rules;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The newest questions of DNS, multicast DNS and LLMNR over UDP, each with its answer: report {@code dns}, newest first.
 * A question seen on two interfaces is there twice.
 */
@Component(service = {PayloadListener.class, ReportSource.class})
@AnalyzerProperties(name = "dns", latency_ms = 100)
public final class DnsQueries implements PayloadListener, ReportSource {
    static final int KEPT = 5_000;

    private static final int DNS = 53;
    private static final int MDNS = 5353;
    private static final int LLMNR = 5355;
    private static final int BYTES = 1536;
    private static final double NS_PER_SECOND = 1e9;

    private static final Column[] COLUMNS = {
        column("timestamp", Type.TIME, "When it was asked; of an answer without a question when that came"),
        column("application", Type.TEXT, "dns, mdns or llmnr"),
        column("src_ip", Type.ADDRESS, "Who asked"),
        column("src_port", Type.PORT, "Port of who asked"),
        column("dst_ip", Type.ADDRESS, "Who was asked"),
        column("dst_port", Type.PORT, "Port of who was asked"),
        column("name", Type.TEXT, "Name that was asked for; null where privacy hides names"),
        column("type", Type.TEXT, "Type of record that was asked for"),
        column(
                "rcode",
                Type.NUMBER,
                "Response code: 0 no error, 2 server failure, 3 no such name; null without an answer"),
        column("answers", Type.NUMBER, "Records in the answer"),
        column("latency_ns", Type.NANOSECONDS, "From the question to its answer; null if one of both was not seen"),
        detail("details", Type.OBJECT, "All that was read, by Wireshark's field names")
    };

    /** Which question: its flow and what it carries to be known again. */
    private record Key(Flow flow, Object id, Object name) {}

    /** One question. {@code details} are those of the answer as soon as there is one. */
    private static final class Asked {
        private final Flow flow;
        private final long timestampNs;
        private Map<String, Object> details;
        private String application;
        private boolean answered;

        Asked(Flow flow, long timestampNs) {
            this.flow = flow;
            this.timestampNs = timestampNs;
        }
    }

    private final Privacy privacy;
    private final Detectors detectors = new Detectors(Rules.standard(), Detectors.PACKETS_PER_DIRECTION, false);
    /** One for each flow that asks: it pairs answers with questions. */
    private final Map<Flow, Detector> flows = new Bounded<>();

    private final Map<Key, Asked> open = new Bounded<>();
    private final ArrayDeque<Asked> newest = new ArrayDeque<>();
    private final byte[] bytes = new byte[BYTES];
    private long lost;

    /** Forgets what was not used for the longest time. */
    private static final class Bounded<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1;

        Bounded() {
            super(64, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > KEPT;
        }
    }

    /** Called by the component runtime. */
    @Activate
    public DnsQueries(@Reference Privacy privacy) {
        this.privacy = privacy;
    }

    @Override
    public void onPayloads(PayloadBatch batch) {
        lost += batch.lostBefore();
        for (int row = 0; row < batch.size(); row++) {
            if (batch.ipProtocol(row) == Protocols.UDP && (isDns(batch.srcPort(row)) || isDns(batch.dstPort(row)))) {
                take(batch, row);
            }
        }
    }

    private static boolean isDns(int port) {
        return port == DNS || port == MDNS || port == LLMNR;
    }

    private void take(PayloadBatch batch, int row) {
        Flow sent = Ends.flow(batch, row);
        boolean fromClient = isDns(sent.dstPort());
        Flow flow = fromClient ? sent : sent.reversed();
        Detector detector =
                flows.computeIfAbsent(flow, key -> detectors.detector(key.ipProtocol(), key.srcPort(), key.dstPort()));
        int captured = batch.copyCaptured(row, bytes, 0);
        boolean told =
                detector.feed(fromClient, batch.timestampNs(row), 0, bytes, 0, captured, batch.payloadBytes(row));
        if (!told || detector.application() == null) {
            return;
        }
        Map<String, Object> read = detector.details();
        Key key = new Key(flow, read.get("dns.id"), Told.name(read.get("dns.qry.name"), privacy));
        Map<String, Object> details = Told.details(read, privacy);
        boolean answer = Boolean.TRUE.equals(details.get("dns.flags.response"));
        Asked asked = answer ? open.remove(key) : null;
        if (asked == null) {
            asked = new Asked(flow, batch.timestampNs(row));
            keep(asked);
        }
        asked.details = details;
        asked.application = detector.application().name();
        asked.answered = answer;
        if (!answer) {
            open.put(key, asked);
        }
    }

    private void keep(Asked asked) {
        if (newest.size() == KEPT) {
            newest.removeLast();
        }
        newest.addFirst(asked);
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(query, COLUMNS).lost(lost);
        for (Asked asked : newest) {
            if (asked.timestampNs >= query.sinceNs() && asked.timestampNs <= query.untilNs()) {
                add(report, asked);
            }
        }
        return report.sampled().build(); // a message beyond payloads_per_second is not among them
    }

    private static void add(Report.Builder report, Asked asked) {
        Map<String, Object> details = asked.details;
        Object type = details.getOrDefault("jopil.dns.type", details.get("dns.qry.type"));
        Object seconds = details.get("dns.time");
        report.row(
                asked.timestampNs,
                asked.application,
                Addresses.text(asked.flow.srcHi(), asked.flow.srcLo()),
                asked.flow.srcPort(),
                Addresses.text(asked.flow.dstHi(), asked.flow.dstLo()),
                asked.flow.dstPort(),
                details.get("dns.qry.name"),
                type == null ? null : type.toString(),
                asked.answered ? details.get("dns.flags.rcode") : null,
                asked.answered ? details.get("dns.count.answers") : null,
                seconds instanceof Double time ? Math.round(time * NS_PER_SECOND) : null,
                details);
    }
}
