// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jopil.api.source.Cost;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.RunTimeStats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has run times measured for a while: a thread that lives only meanwhile reads them once a second, so that a program that
 * is detached before the end is not forgotten. Any thread; nothing is locked while others are asked.
 */
final class CostMeter {
    private static final Logger LOG = LoggerFactory.getLogger(CostMeter.class);
    private static final long ROUND_NS = TimeUnit.SECONDS.toNanos(1);

    private final BpfLoader loader;
    private final Supplier<Optional<List<Cost.Program>>> attached;
    private final DoubleSupplier emptyRunNs;

    /** Guarded by {@code this}, as all that follows; null: nothing is measured. */
    private RunTimeStats stats;

    private boolean closed;
    private Instant begin;
    private Instant end;
    private long endNs;
    private double measuringNs;
    private final Map<Integer, Cost.Program> first = new LinkedHashMap<>();
    private final Map<Integer, Cost.Program> latest = new LinkedHashMap<>();

    /**
     * @param attached our programs now; empty if they cannot be asked at the moment
     * @param emptyRunNs runs an empty program while run times are measured
     */
    CostMeter(BpfLoader loader, Supplier<Optional<List<Cost.Program>>> attached, DoubleSupplier emptyRunNs) {
        this.loader = loader;
        this.attached = attached;
        this.emptyRunNs = emptyRunNs;
    }

    Cost.Measurement measure(Duration period) {
        if (period.isNegative() || period.isZero() || period.compareTo(Cost.LONGEST) > 0) {
            throw new IllegalArgumentException("a period of " + period);
        }
        if (!prolong(period)) {
            begin(period);
        }
        return measurement().orElseThrow();
    }

    private synchronized boolean prolong(Duration period) {
        if (stats == null) {
            return false;
        }
        until(period);
        notifyAll();
        return true;
    }

    private void until(Duration period) {
        end = Instant.now().plus(period);
        endNs = System.nanoTime() + period.toNanos();
    }

    private void begin(Duration period) {
        RunTimeStats opened;
        try {
            opened = loader.measureRunTimes();
        } catch (BpfException e) {
            throw Problems.notMeasured(e);
        }
        double empty;
        try {
            empty = emptyRunNs.getAsDouble();
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
        List<Cost.Program> programs = attached.get().orElse(List.of());
        synchronized (this) {
            if (stats != null || closed) {
                opened.close(); // somebody was faster
                until(period);
                return;
            }
            stats = opened;
            begin = Instant.now();
            until(period);
            measuringNs = empty;
            first.clear();
            latest.clear();
            take(programs);
        }
        Thread thread = new Thread(this::follow, "jopil-cost");
        thread.setDaemon(true);
        thread.start();
        LOG.info("run times are measured for {} s", period.toSeconds());
    }

    private synchronized void take(List<Cost.Program> programs) {
        for (Cost.Program program : programs) {
            first.putIfAbsent(program.id(), program);
            latest.put(program.id(), program);
        }
    }

    private void follow() {
        try {
            while (goesOn()) {
                attached.get().ifPresent(this::take);
            }
        } catch (InterruptedException | RuntimeException e) {
            LOG.warn("Run times can be measured no longer", e);
        } finally {
            stop();
        }
    }

    /** Waits for the next round, the last of which is at the end. */
    private synchronized boolean goesOn() throws InterruptedException {
        long left = endNs - System.nanoTime();
        if (stats == null || left <= 0) {
            return false;
        }
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(1_000_000, Math.min(left, ROUND_NS)));
        return stats != null;
    }

    /** Ends the measurement, if one goes on; what was measured stays. */
    synchronized void stop() {
        if (stats != null) {
            stats.close();
            stats = null;
            Instant now = Instant.now();
            end = now.isBefore(end) ? now : end;
            notifyAll();
        }
    }

    /** As {@link #stop}, and for good. */
    synchronized void close() {
        closed = true;
        stop();
    }

    synchronized Optional<Cost.Measurement> measurement() {
        if (begin == null) {
            return Optional.empty();
        }
        List<Cost.Program> programs = new ArrayList<>();
        latest.values().forEach(now -> programs.add(since(first.get(now.id()), now)));
        return Optional.of(new Cost.Measurement(begin, end, stats != null, measuringNs, List.copyOf(programs)));
    }

    private static Cost.Program since(Cost.Program before, Cost.Program now) {
        return new Cost.Program(
                now.interfaceName(),
                now.direction(),
                now.hook(),
                now.name(),
                now.id(),
                now.runs() - before.runs(),
                now.packets() - before.packets(),
                now.runTimeNs() - before.runTimeNs());
    }
}
