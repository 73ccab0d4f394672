// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Renewal;
import org.jopil.api.source.Replays;
import org.jopil.api.source.Sampling;
import org.jopil.bus.EventBus;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Begins a replay and takes it back, one at a time. */
@Component(service = Replays.class)
public final class ReplayService implements Replays {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayService.class);
    /** Of an upload; a file of the machine may be of any size. */
    private static final long MOST_UPLOAD_BYTES = 1L << 30;

    private static final Sampling.State EVERY_PACKET = new Sampling.State(1, Integer.MAX_VALUE, 0);
    private static final int COPY_BYTES = 64 << 10;

    private final BundleContext context;
    private final EventBus bus;
    private final Analyzers analyzers;
    private final Switchover switchover;
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

    /** The sensor's, or the replay's own. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Interfaces interfaces;

    private long begun;
    /** Written under the lock, read without. */
    private volatile FileReplay replay;

    /** Called by the component runtime. */
    @Activate
    public ReplayService(
            BundleContext context,
            @Reference EventBus bus,
            @Reference Analyzers analyzers,
            @Reference Renewal renewal) {
        this.context = context;
        this.bus = bus;
        this.analyzers = analyzers;
        this.switchover = new Switchover(context, renewal);
    }

    @Override
    public Status start(Path file, double speed) {
        return start(file.getFileName() == null ? "" : file.getFileName().toString(), file, false, speed);
    }

    @Override
    public Status start(String name, InputStream in, double speed) {
        // before the upload is read: its answer would be the same afterwards
        refuse();
        Path copy = null;
        try {
            copy = Files.createTempFile("jopil-replay", ".upload");
            copy(in, copy);
            Path file = copy;
            copy = null;
            return start(name, file, true, speed);
        } catch (IOException e) {
            throw ReplayProblems.unreadable(name, e);
        } finally {
            delete(copy);
        }
    }

    private static void copy(InputStream in, Path to) throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        long total = 0;
        try (OutputStream out = Files.newOutputStream(to)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                total += read;
                if (total > MOST_UPLOAD_BYTES) {
                    throw ReplayProblems.tooLarge(MOST_UPLOAD_BYTES);
                }
                out.write(buffer, 0, read);
            }
        }
    }

    private static void delete(Path copy) {
        if (copy != null) {
            try {
                Files.deleteIfExists(copy);
            } catch (IOException e) {
                LOG.warn("The upload {} could not be deleted", copy, e);
            }
        }
    }

    private void refuse() {
        FileReplay current = replay;
        if (current != null) {
            Status status = current.status();
            if (status.state() == State.RUNNING) {
                throw ReplayProblems.running(status.file());
            }
            return;
        }
        Interfaces sensor = interfaces;
        if (sensor == null) {
            // the last to come: what is not there yet cannot be switched off
            throw ReplayProblems.notSwitched(new IllegalStateException("no sensor"));
        }
        List<String> watched = sensor.list().stream()
                .filter(link -> link.state() != InterfaceStatus.State.DETACHED)
                .map(InterfaceStatus::name)
                .toList();
        if (!watched.isEmpty()) {
            throw ReplayProblems.watched(watched);
        }
    }

    private synchronized Status start(String name, Path file, boolean copy, double speed) {
        FileReplay next = null;
        boolean started = false;
        try {
            refuse();
            next = new FileReplay(begun + 1, name, file, copy, speed, bus, analyzers);
            FileReplay ended = replay;
            begun++;
            replay = next;
            if (ended == null) {
                switchover.toFile(this::register);
            } else {
                ended.close();
                switchover.anew(this::replace);
            }
            next.start();
            started = true;
            LOG.info("Replay {} of {} began", begun, name);
            return next.status();
        } catch (IOException e) {
            throw ReplayProblems.unreadable(name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ReplayProblems.notSwitched(e);
        } finally {
            if (!started) {
                undo(next, copy ? file : null);
            }
        }
    }

    private void undo(FileReplay failed, Path copy) {
        if (failed != null && replay == failed) {
            stop();
        } else if (failed != null) {
            failed.close();
        }
        delete(copy);
    }

    private void register() {
        FileReplay shown = replay;
        register(Interfaces.class, shown.interfaces());
        register(Counters.class, shown.counters());
        register(FlowSource.class, bus.hidden(shown.flows()));
        register(FlowBook.class, shown.flows());
        register(HandOffs.class, shown.rows());
        register(Sampling.class, () -> EVERY_PACKET);
        register(HealthCheck.class, new ReplayHealth(shown));
    }

    private void replace() {
        unregister();
        register();
    }

    private <T> void register(Class<T> type, T service) {
        Dictionary<String, Object> none = new Hashtable<>();
        registrations.add(context.registerService(type, service, none));
    }

    private void unregister() {
        registrations.forEach(ServiceRegistration::unregister);
        registrations.clear();
    }

    @Override
    public Status status() {
        FileReplay current = replay;
        return current == null ? Status.NOTHING : current.status();
    }

    /** Called by the component runtime: the sensor comes back, unless all of JOPIL stops. */
    @Deactivate
    void deactivate() {
        stop();
    }

    @Override
    public synchronized Status stop() {
        FileReplay current = replay;
        if (current == null) {
            return Status.NOTHING;
        }
        current.close();
        Status last = current.status();
        try {
            switchover.toWire(this::unregister);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ReplayProblems.notSwitched(e);
        } finally {
            replay = null;
        }
        LOG.info("Replay {} of {} was taken back", last.number(), last.file());
        return last;
    }
}
