// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Counters;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Replays;
import org.jopil.api.source.Sampling;
import org.jopil.api.source.TcpSource;
import org.jopil.stats.Point;
import org.jopil.stats.Snapshot;
import org.jopil.stats.Stats;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lives on while the sensor and the analyzers come and go: none of them is required. */
@Component(
        service = {Stats.class, HealthCheck.class},
        immediate = true)
public final class StatsService implements Stats, HealthCheck {
    private static final Logger LOG = LoggerFactory.getLogger(StatsService.class);
    private static final Duration STALE = Duration.ofSeconds(5);

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Counters counters;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Interfaces interfaces;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Ledger ledger;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Cost cost;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Sampling sampling;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Reports reports;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile TcpSource tcp;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Replays replays;

    private final Sampler sampler = new Sampler(System::nanoTime);
    private final List<Consumer<Snapshot>> listeners = new CopyOnWriteArrayList<>();
    private final Deque<Point> points = new ArrayDeque<>(POINTS);
    private final Instant started = Instant.now();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "jopil-stats");
        thread.setDaemon(true);
        return thread;
    });
    /** Of the clock's thread: the replay that the last snapshot showed, 0 for the wire. */
    private long shownReplay;

    private volatile Snapshot latest;
    private volatile String failure;

    @Activate
    public void start() {
        clock.scheduleAtFixedRate(this::tick, 0, 1, TimeUnit.SECONDS);
    }

    @Deactivate
    public void stop() {
        clock.shutdownNow();
    }

    private void tick() {
        try {
            Snapshot snapshot =
                    sampler.sample(new Sources(counters, interfaces, ledger, cost, sampling, reports, tcp, replays));
            forgetBefore(snapshot);
            synchronized (points) {
                if (points.size() == POINTS) {
                    points.removeFirst();
                }
                points.addLast(Point.of(snapshot));
            }
            latest = snapshot;
            failure = null;
            listeners.forEach(listener -> tell(listener, snapshot));
        } catch (RuntimeException | Error e) {
            // a service may go away in the middle; an exception that leaves this method would stop the clock for good
            if (failure == null) {
                LOG.warn("No statistics this second; trying again every second", e);
            }
            failure = e.toString();
        }
    }

    /** A chart shows the wire or a file, never one beside the other. */
    private void forgetBefore(Snapshot snapshot) {
        long number = snapshot.replay().map(Replays.Status::number).orElse(0L);
        if (number != shownReplay) {
            shownReplay = number;
            synchronized (points) {
                points.clear();
            }
        }
    }

    private static void tell(Consumer<Snapshot> listener, Snapshot snapshot) {
        try {
            listener.accept(snapshot);
        } catch (RuntimeException e) {
            LOG.warn("A listener of the statistics failed", e);
        }
    }

    @Override
    public Optional<Snapshot> latest() {
        return Optional.ofNullable(latest);
    }

    @Override
    public List<Point> series(Duration window) {
        Instant from = Instant.now().minus(window);
        synchronized (points) {
            List<Point> wanted = new ArrayList<>(points);
            wanted.removeIf(p -> p.timestamp().isBefore(from));
            return wanted;
        }
    }

    @Override
    public Listening listen(Consumer<Snapshot> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public String name() {
        return "stats";
    }

    @Override
    public Result check() {
        Snapshot snapshot = latest;
        Duration age = Duration.between(snapshot == null ? started : snapshot.timestamp(), Instant.now());
        if (age.compareTo(STALE) > 0) {
            String why = failure == null ? "an analyzer or the sensor does not answer" : failure;
            return new Result(
                    Status.DEGRADED, "No new statistics for " + age.toSeconds() + " s: " + why + ". See the log.");
        }
        return snapshot == null
                ? new Result(Status.DOWN, "The first second is not over.")
                : new Result(Status.UP, "A snapshot a second; the last is number " + snapshot.sequence() + ".");
    }
}
