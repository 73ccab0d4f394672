// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jopil.api.source.DropStacks;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Loads {@code drop_stack.bpf.o} when somebody asks, and takes it away when the time is over. */
@Component(service = DropStacks.class)
public final class DropStackTracer implements DropStacks {
    private final BpfLoader loader;
    private DropNames names;
    private DropStackPeriod running;
    private Thread timer;
    private Period last;
    private boolean stopped;

    @Activate
    public DropStackTracer(@Reference BpfLoader loader) {
        this.loader = loader;
    }

    @Override
    public synchronized Period take(Duration length) {
        if (stopped) {
            throw Tracing.stopping();
        }
        if (running == null) {
            if (names == null) {
                names = new DropNames();
            }
            try {
                running = new DropStackPeriod(loader, names, length);
            } catch (BpfException e) {
                throw Tracing.refusal(
                        e,
                        "JOPIL-112",
                        "Drops cannot be traced on this kernel",
                        "Stacks of drops cannot be taken; counters and flows are not touched");
            }
            DropStackPeriod begun = running;
            timer = new Thread(() -> await(begun, length), "jopil-drop-stacks");
            timer.setDaemon(true);
            timer.start();
        }
        return running.read(true);
    }

    private void await(DropStackPeriod period, Duration length) {
        try {
            TimeUnit.NANOSECONDS.sleep(length.toNanos());
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
        end(period);
    }

    private synchronized void end(DropStackPeriod period) {
        if (running == period) {
            running = null;
            try (period) {
                last = period.read(false);
            }
        }
    }

    @Override
    public synchronized Optional<Period> latest() {
        return running != null ? Optional.of(running.read(true)) : Optional.ofNullable(last);
    }

    /** Ends a period that goes on. */
    @Deactivate
    public synchronized void stop() {
        stopped = true;
        if (timer != null) {
            timer.interrupt();
        }
        if (running != null) {
            running.close();
            running = null;
        }
    }
}
