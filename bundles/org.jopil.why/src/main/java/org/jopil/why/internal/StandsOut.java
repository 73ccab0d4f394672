// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jopil.api.JopilException;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Ledger;
import org.jopil.why.internal.Rows.Row;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * The few sentences that a newcomer should read first. Looks at the reports when it is asked, at most every two seconds, and
 * compares with earlier looks: who asks for the first time hears of nothing that takes two.
 */
@Component(service = ReportSource.class)
@AnalyzerProperties(name = "stands-out", latency_ms = 1000)
public final class StandsOut implements ReportSource {
    private static final int MOST = 5;
    private static final long LOOKS_LAST_NS = 2_000_000_000L;

    /** Rates over less are those of bursts. */
    private static final long SPAN_NS = 10_000_000_000L;

    private static final long REMEMBERED_NS = 60_000_000_000L;
    private static final int MOST_ROWS = 2_000;
    private static final int TALKERS = 20;

    /** A walk over all flows costs the more the more there are. */
    private static final int TALKERS_EVERY = 5;

    private final Reports reports;
    private final Filters filters;
    private final LongSupplier nanoTime;
    private final Deque<Scan> scans = new ArrayDeque<>();
    /** As it was said last. */
    private final List<String> said = new ArrayList<>();

    private List<Signal> signals = List.of();
    private Rows talkers = Rows.none();
    private long talkersAtNs;
    private int looks;
    private Instant asOf = Instant.EPOCH;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Ledger ledger;

    /** Called by the component runtime. */
    @Activate
    public StandsOut(@Reference Reports reports, @Reference Filters filters) {
        this(reports, filters, System::nanoTime);
    }

    StandsOut(Reports reports, Filters filters, LongSupplier nanoTime) {
        this.reports = reports;
        this.filters = filters;
        this.nanoTime = nanoTime;
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(
                query,
                column("level", Type.TEXT, "bad or warn"),
                column("sentence", Type.TEXT, "What stands out, of the last seconds"),
                detail("kind", Type.TEXT, "What it is about, stable"),
                column("question", Type.TEXT, "What to ask why; null if there is nothing more to tell"),
                detail("link", Type.TEXT, "Report that shows it"));
        if (query.limit() > 0) {
            look();
        }
        for (Signal signal : signals) {
            report.row(
                    signal.level().text(),
                    signal.sentence(),
                    signal.kind(),
                    signal.question().isEmpty() ? null : signal.question(),
                    signal.link());
        }
        return report.asOf(asOf).build();
    }

    private void look() {
        long now = nanoTime.getAsLong();
        if (!scans.isEmpty() && now - scans.getLast().atNs() < LOOKS_LAST_NS) {
            return;
        }
        scans.removeIf(scan -> now - scan.atNs() > REMEMBERED_NS);
        if (scans.isEmpty()) {
            said.clear();
        }
        if (looks++ % TALKERS_EVERY == 0 || scans.isEmpty()) {
            talkers = ask(
                    "flows", window(Query.first(TALKERS), 0).withBy("src_ip").withSort("-bytes"));
            talkersAtNs = now;
        }
        Scan scan = Scan.of(now, ask("tcp", Query.first(MOST_ROWS)), talkers, talkersAtNs);
        Scan before = before(now);
        List<Signal> found = new ArrayList<>(Signals.drops(ask("drops", Query.first(MOST_ROWS)), this::events));
        found.addAll(Signals.slowReaders(
                ask("latency", window(Query.first(MOST_ROWS), Look.WINDOW_NS).withBy("port"))));
        found.addAll(Signals.acceptQueues(scan, before));
        Signals.retransmits(scan, before).ifPresent(found::add);
        Signals.unevenCpus(ask("cpus", Query.first(MOST_ROWS))).ifPresent(found::add);
        Signals.newTalker(scan, before, scans.peekFirst()).ifPresent(found::add);
        Ledger books = ledger;
        found.addAll(Signals.ownLoss(books == null ? null : books.read()));
        signals = select(found);
        scans.addLast(scan);
        asOf = Instant.now();
    }

    /** The newest scan that is old enough, else the oldest; null if there is none. */
    private Scan before(long now) {
        Iterator<Scan> newestFirst = scans.descendingIterator();
        while (newestFirst.hasNext()) {
            Scan scan = newestFirst.next();
            if (now - scan.atNs() >= SPAN_NS) {
                return scan;
            }
        }
        return scans.peekFirst();
    }

    /**
     * What is strong enough, or was and is not over: the worst of each kind, then the others. What was said stays where it
     * was, before what is new: somebody may be reading.
     */
    private List<Signal> select(List<Signal> found) {
        Comparator<Signal> worstFirst = Comparator.comparing(Signal::level)
                .reversed()
                .thenComparing(Comparator.comparingDouble(Signal::strength).reversed());
        List<Signal> strong = found.stream()
                .filter(signal ->
                        signal.strength() >= 1 || signal.strength() >= Signal.STAYS && said.contains(id(signal)))
                .sorted(worstFirst)
                .toList();
        Set<String> kinds = new HashSet<>();
        List<Signal> chosen = new ArrayList<>();
        List<Signal> others = new ArrayList<>();
        strong.forEach(signal -> (kinds.add(signal.kind()) ? chosen : others).add(signal));
        chosen.addAll(others);
        List<Signal> most = chosen.stream()
                .limit(MOST)
                .sorted(Comparator.comparing(Signal::level)
                        .reversed()
                        .thenComparingInt(signal -> said.contains(id(signal)) ? said.indexOf(id(signal)) : MOST))
                .toList();
        said.clear();
        most.forEach(signal -> said.add(id(signal)));
        return most;
    }

    private static String id(Signal signal) {
        return signal.kind() + ' ' + signal.key();
    }

    /** Single drops at a place, of the last minute. */
    private Rows events(Row place) {
        String filter = Words.all(
                "reason == " + place.text("reason"),
                place.text("namespace").isEmpty() ? "" : "namespace == " + Words.value(place.text("namespace")),
                place.text("interface").isEmpty() ? "" : "interface == " + Words.value(place.text("interface")));
        try {
            return ask(
                    "drop-events",
                    window(Query.first(MOST_ROWS), Look.WINDOW_NS).withFilter(filters.parse(filter)));
        } catch (FilterException ours) {
            throw new IllegalStateException(filter, ours);
        }
    }

    private Rows ask(String report, Query query) {
        try {
            return Rows.of(reports.ask(report, query));
        } catch (JopilException notHere) {
            return Rows.none(); // what is not measured does not stand out; why says so
        }
    }

    private static Query window(Query query, long spanNs) {
        Instant now = Instant.now();
        long nowNs = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        return spanNs == 0 ? query : query.withWindow(nowNs - spanNs, Long.MAX_VALUE);
    }
}
