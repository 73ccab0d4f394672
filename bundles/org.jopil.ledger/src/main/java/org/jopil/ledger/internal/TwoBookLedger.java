// SPDX-License-Identifier: Apache-2.0
package org.jopil.ledger.internal;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Ledger;
import org.jopil.bus.EventBus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts both books together, events as each place they go through tells, counts as the sensor keeps them, and looks at
 * them twice a second by itself.
 */
@Component(
        service = {Ledger.class, HealthCheck.class},
        immediate = true)
public final class TwoBookLedger implements Ledger, HealthCheck {
    private static final Logger LOG = LoggerFactory.getLogger(TwoBookLedger.class);
    private static final long LOOK_MS = 500;
    private static final int LOOKS_PER_SECOND = 2;
    private static final long STALE_NS = 5_000_000_000L;
    private static final int KEPT_SECONDS = 60;
    private static final int TOLD_FINDINGS = 3;
    /** Layers that every event goes through, one after the other. */
    private static final Set<String> SOURCE = Set.of(HandOffs.KERNEL_COUNTER, HandOffs.RING, HandOffs.BUS);

    private final EventBus bus;

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    volatile List<HandOffs> places = List.of();

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Interfaces interfaces;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Counters counters;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile FlowBook flowBook;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "jopil-ledger");
        thread.setDaemon(true);
        return thread;
    });

    /** Of the looking thread. */
    private final Audit audit = new Audit();

    private Counters watched;
    private CounterWatch watch = new CounterWatch();
    private long looks;
    private Snapshot secondBefore;
    private final Deque<Second> minute = new ArrayDeque<>(KEPT_SECONDS);

    private volatile Looked looked = new Looked(List.of(), Optional.empty(), List.of());
    private volatile long lookedNs = System.nanoTime();
    private volatile String failure = "";

    /** What the last look left. */
    private record Looked(List<Finding> findings, Optional<Span> unbalanced, List<Second> seconds) {}

    /** Called by the component runtime. */
    @Activate
    public TwoBookLedger(@Reference EventBus bus) {
        this.bus = bus;
    }

    /** Called by the component runtime when the services are bound. */
    @Activate
    void start() {
        clock.scheduleAtFixedRate(this::lookSafely, 0, LOOK_MS, TimeUnit.MILLISECONDS);
    }

    @Deactivate
    void stop() {
        clock.shutdownNow();
    }

    @Override
    public Snapshot read() {
        Counters present = counters;
        // what a place has taken over, the kernel has counted before: the places first
        List<HandOff> handOffs = handOffs();
        return snapshot(handOffs, present == null ? Optional.empty() : Optional.of(reading(present)));
    }

    private List<HandOff> handOffs() {
        List<HandOff> all = new ArrayList<>();
        places.forEach(place -> all.addAll(place.handOffs()));
        return all;
    }

    private CounterReading reading(Counters present) {
        Interfaces named = interfaces;
        return CounterReading.of(present, id -> named == null ? "if-" + id : named.name(id));
    }

    private Snapshot snapshot(List<HandOff> places, Optional<CounterReading> reading) {
        List<HandOff> all = new ArrayList<>();
        reading.ifPresent(r -> all.addAll(r.handOffs()));
        long observed = all.stream().mapToLong(HandOff::received).sum();
        long sampledOut = all.stream().mapToLong(HandOff::leftOut).sum();
        long ringFull = all.stream().mapToLong(HandOff::lost).sum();
        all.addAll(places);
        long delivered = places.stream()
                .filter(place -> place.layer().equals(HandOffs.BUS))
                .mapToLong(HandOff::passed)
                .sum();
        long difference = all.stream()
                .filter(place -> SOURCE.contains(place.layer()))
                .mapToLong(HandOff::difference)
                .sum();
        FlowBook book = flowBook;
        Looked last = looked;
        return new Snapshot(
                observed,
                delivered,
                sampledOut,
                ringFull,
                observed - sampledOut - ringFull - delivered - difference,
                List.copyOf(all),
                bus.subscribers(),
                book == null ? List.of() : book.counts(),
                book == null ? List.of() : book.gaps(),
                last.findings,
                last.unbalanced,
                last.seconds);
    }

    private void lookSafely() {
        try {
            look(System.currentTimeMillis() * 1_000_000);
            lookedNs = System.nanoTime();
            failure = "";
        } catch (RuntimeException | Error e) {
            // a service may go away in the middle; an exception that leaves would end the looks for good
            if (failure.isEmpty()) {
                LOG.warn("The ledger could not be looked at; trying again", e);
            }
            failure = e.toString();
        }
    }

    /** One look; the looking thread only. */
    void look(long nowNs) {
        Counters present = counters;
        List<HandOff> handOffs = handOffs();
        Optional<CounterReading> reading = present == null ? Optional.empty() : Optional.of(reading(present));
        Snapshot now = snapshot(handOffs, reading);
        if (present != watched) {
            watched = present;
            watch = new CounterWatch();
        }
        List<Entry> entries = new ArrayList<>();
        now.counts().stream().map(Entry::of).forEach(entries::add);
        reading.ifPresent(r -> entries.addAll(watch.look(r)));
        now.handOffs().stream().map(Entry::of).forEach(entries::add);
        now.subscribers().stream().map(Entry::of).forEach(entries::add);
        entries.removeIf(entry -> entry.amount() == 0);
        List<Finding> findings = audit.look(nowNs, entries);
        if (looks++ % LOOKS_PER_SECOND == 0) {
            second(nowNs, now);
        }
        looked = new Looked(List.copyOf(findings), audit.unbalanced(), List.copyOf(minute));
    }

    private void second(long nowNs, Snapshot now) {
        Snapshot before = secondBefore;
        secondBefore = now;
        // a new sensor begins new counters
        if (before == null || before.observed() > now.observed()) {
            return;
        }
        if (minute.size() == KEPT_SECONDS) {
            minute.removeFirst();
        }
        minute.addLast(new Second(
                nowNs,
                now.observed() - before.observed(),
                now.delivered() - before.delivered(),
                now.sampledOut() - before.sampledOut(),
                now.ringFull() - before.ringFull(),
                now.difference() - before.difference()));
    }

    @Override
    public String name() {
        return "ledger";
    }

    @Override
    public Result check() {
        long age = System.nanoTime() - lookedNs;
        if (age > STALE_NS) {
            return new Result(
                    Status.DEGRADED,
                    "Nobody has looked at the books for " + age / 1_000_000_000 + " s. " + failure
                            + " 'jopil logs' tells why.");
        }
        Looked last = looked;
        if (last.findings.isEmpty()) {
            return new Result(
                    Status.UP,
                    "Both books add up"
                            + last.unbalanced
                                    .map(span ->
                                            "; they did not from " + text(span.startNs()) + " to " + text(span.endNs()))
                                    .orElse("")
                            + ".");
        }
        String told = last.findings.stream()
                .limit(TOLD_FINDINGS)
                .map(finding -> finding.text() + ", since " + text(finding.sinceNs()) + ". " + finding.advice())
                .collect(Collectors.joining(" "));
        int more = last.findings.size() - TOLD_FINDINGS;
        return new Result(Status.DEGRADED, more > 0 ? told + " And " + more + " more: jopil ledger." : told);
    }

    private static String text(long ns) {
        return Instant.ofEpochSecond(0, ns).truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
