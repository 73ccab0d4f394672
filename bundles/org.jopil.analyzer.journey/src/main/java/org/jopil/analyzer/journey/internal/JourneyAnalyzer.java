// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jopil.api.JopilException;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.DropListener;
import org.jopil.api.analyzer.JourneyListener;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.event.DropBatch;
import org.jopil.api.event.JourneyBatch;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.report.Reports;
import org.jopil.api.source.DropSource.Place;
import org.jopil.api.source.LatencySource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Single packets on their way through the kernel: rows of the bus joined by journey, and the newest kept, those apart that
 * were slow, were dropped, or were asked for.
 */
@Component(service = {JourneyListener.class, DropListener.class, Poller.class, ReportSource.class})
@AnalyzerProperties(name = "journeys", latency_ms = 100)
public final class JourneyAnalyzer implements JourneyListener, DropListener, Poller, ReportSource {
    /** Then the kernel's word holds. */
    private static final long DECIDED_NS = TimeUnit.SECONDS.toNanos(5);

    /** Freed with the word for drops, at a place that may not be known. */
    private record Undecided(OpenJourney journey, Step last, Place place, long sinceNs) {}

    private final LatencySource source;
    private final DropKinds kinds;
    private final OpenJourneys open = new OpenJourneys(this::ended);
    private final KeptJourneys kept = new KeptJourneys();
    private final Drops drops = new Drops();
    private final List<Undecided> undecided = new ArrayList<>();
    private final SlowStages slow = new SlowStages(System.nanoTime());
    private ExecutorService asker;
    private long nowNs = System.nanoTime();
    private long lapped;
    private long ringFull;

    /** Called by the component runtime. */
    @Activate
    public JourneyAnalyzer(@Reference LatencySource source, @Reference Reports reports) {
        this(source, reports, Executors.newSingleThreadExecutor(JourneyAnalyzer::thread));
    }

    private JourneyAnalyzer(LatencySource source, Reports reports, ExecutorService asker) {
        this(source, new DropKinds(name -> reports.ask(name, DropKinds.all()), asker));
        this.asker = asker;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "jopil-journey-drops");
        thread.setDaemon(true);
        return thread;
    }

    /** Called by the component runtime. */
    @Deactivate
    public void stop() {
        asker.shutdownNow();
    }

    JourneyAnalyzer(LatencySource source, DropKinds kinds) {
        this.source = source;
        this.kinds = kinds;
    }

    @Override
    public void onJourneys(JourneyBatch batch) {
        onJourneys(batch, System.nanoTime());
    }

    void onJourneys(JourneyBatch batch, long atNs) {
        lapped += batch.lostBefore();
        open.add(batch, atNs);
    }

    @Override
    public void onDrops(DropBatch batch) {
        drops.add(batch);
    }

    @Override
    public void poll() {
        poll(System.nanoTime());
    }

    void poll(long atNs) {
        nowNs = atNs;
        slow.turn(atNs);
        if (!open.isEmpty()) {
            lookForLosses();
            open.end(atNs);
        }
        undecided.removeIf(this::decide);
    }

    /** Of what may end now the kernel must have said before whether it could tell all. */
    private void lookForLosses() {
        try {
            long full = source.book().eventsLost();
            if (full != ringFull) {
                ringFull = full;
                open.mayMiss();
            }
        } catch (JopilException notFollowed) {
            open.mayMiss(); // whoever followed these has gone
        }
    }

    private void ended(OpenJourney journey) {
        if (journey.end() == JourneyEnd.DROPPED) {
            Step last = journey.steps().get(journey.endsAt());
            Undecided drop = new Undecided(journey, last, drops.placeOf(last), nowNs);
            if (!decide(drop)) {
                undecided.add(drop);
            }
            return;
        }
        keep(journey, journey.end());
    }

    /** The kernel has one word for packets that it drops and for some that it is done with; false: not known yet. */
    private boolean decide(Undecided drop) {
        Optional<Boolean> normal = kinds.isNormal(drop.last.dropReason(), drop.place, nowNs);
        if (normal.isEmpty() && nowNs - drop.sinceNs < DECIDED_NS) {
            return false;
        }
        keep(drop.journey, normal.orElse(false) ? JourneyEnd.FREED : JourneyEnd.DROPPED);
        return true;
    }

    private void keep(OpenJourney journey, JourneyEnd end) {
        List<Part> parts = Part.of(journey.steps());
        kept.add(new Journey(journey, kind(journey, end, parts), end, parts));
    }

    private Journey.Kind kind(OpenJourney journey, JourneyEnd end, List<Part> parts) {
        boolean isSlow = false;
        for (Part part : parts) {
            if (part.isMeasured()) {
                isSlow |= slow.isSlow(part.stage(), part.tookNs());
            }
        }
        for (Part part : parts) {
            // what somebody asked for would bend the picture of the others
            if (part.isMeasured() && !journey.traced) {
                slow.add(part.stage(), part.tookNs());
            }
        }
        if (journey.traced) {
            return Journey.Kind.TRACED;
        }
        if (end == JourneyEnd.DROPPED) {
            return Journey.Kind.DROPPED;
        }
        return isSlow ? Journey.Kind.SLOW : Journey.Kind.SAMPLED;
    }

    @Override
    public Report report(Query query) throws FilterException {
        source.book(); // says why, if nothing is followed here
        List<Journey> journeys = new ArrayList<>(kept.list());
        Instant now = Instant.now();
        long epochNs = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        drops.unfollowed(kinds, epochNs, System.nanoTime(), journeys::add);
        journeys.sort(
                Comparator.comparingLong((Journey journey) -> journey.first().timestampNs())
                        .reversed());
        return JourneyRows.report(query, journeys, lapped + ringFull);
    }
}
