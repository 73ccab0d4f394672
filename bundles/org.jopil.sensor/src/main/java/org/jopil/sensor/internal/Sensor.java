// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jopil.api.JopilException;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.Cost;
import org.jopil.api.source.CostSource;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.MemoryPlan;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.Sampling;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.Leftovers;
import org.jopil.bpf.net.NetException;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.bus.EventBus;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sensor. It registers its services itself: the component runtime would take them back before {@link #stop}, and the
 * consumer of the flow table could not take over what was counted until the detach.
 */
@Component(
        service = {},
        immediate = true,
        configurationPid = "org.jopil.sensor")
@Designate(ocd = SensorConfig.class)
public final class Sensor implements Cost, HandOffs, Sampling, HealthCheck {
    private static final Logger LOG = LoggerFactory.getLogger(Sensor.class);
    /** What the launcher tells for an instance that is to replay a file. */
    private static final String NO_INTERFACE = "none";

    private static final long LOCK_MS = 500;
    private static final long METER_LOCK_MS = 200;
    private static final long DRAIN_MS = 1200;
    private static final long RELEASE_MS = 200;
    private static final long JOIN_MS = 400;

    private final BpfLoader loader;
    private final EventBus bus;
    private final KernelCounters counters = new KernelCounters();
    private final Watcher watcher;
    private final FlowDrain flows;
    private final CostMeter meter;
    private final Heartbeat heartbeat;
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
    private final Thread follower = new Thread(this::follow, "jopil-follow");

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    volatile List<CostSource> elsewhere = List.of();

    private volatile SensorConfig config;
    private volatile boolean stopping;
    /** Rows on the bus before this sensor's first. */
    private final long busBefore;

    private volatile boolean gapIsOpen;
    private volatile JopilException refused;

    /** Guarded by {@code this}, as is the rebuilding of them. */
    private KernelTables tables;

    private KernelClock clock;
    private volatile RingDrain rings;
    private volatile PayloadDrain payloads;
    /** Of the last rings, while there are none. */
    private volatile List<HandOff> finished = List.of();

    @Activate
    public Sensor(
            BundleContext context,
            @Reference BpfLoader loader,
            @Reference EventBus bus,
            @Reference Privacy privacy,
            SensorConfig config) {
        this(loader, bus, privacy, config, dataDirectory(context), NetworkNamespace.current());
        register(context, Interfaces.class, watcher);
        register(context, Counters.class, counters);
        register(context, FlowSource.class, bus.hidden(flows));
        register(context, FlowBook.class, flows);
        register(context, HandOffs.class, this);
        register(context, Cost.class, this);
        register(context, Sampling.class, this);
        register(context, HealthCheck.class, this);
    }

    /** Without a framework: services are asked of the accessors. */
    Sensor(BpfLoader loader, EventBus bus, Privacy privacy, SensorConfig config, Path data, NetworkNamespace home) {
        this.loader = loader;
        this.bus = bus;
        this.busBefore = bus.deliveredPackets();
        this.config = config;
        this.watcher = new Watcher(loader, counters, home, privacy);
        this.flows = new FlowDrain(counters, watcher::name);
        this.meter = new CostMeter(loader, () -> runTimes(METER_LOCK_MS), this::emptyRunNs);
        this.heartbeat = new Heartbeat(data);
        this.gapIsOpen = heartbeat.killedNs().isPresent();
        openKernel();
        want();
        follower.setDaemon(true);
        follower.start();
    }

    private static Path dataDirectory(BundleContext context) {
        String data = context.getProperty("jopil.data");
        return data == null || data.isBlank() ? null : Path.of(data);
    }

    private <T> void register(BundleContext context, Class<T> type, T service) {
        Dictionary<String, Object> none = new Hashtable<>();
        registrations.add(context.registerService(type, service, none));
    }

    Interfaces interfaces() {
        return watcher;
    }

    Counters counters() {
        return counters;
    }

    FlowSource flowSource() {
        return flows;
    }

    FlowBook flowBook() {
        return flows;
    }

    /** For tests: payloads that one CPU may tell of one interface in a jiffy. */
    int payloadRate() {
        return payloads.rate();
    }

    private synchronized void openKernel() {
        KernelTables opened = null;
        try {
            opened = new KernelTables(loader, config);
            clock = new KernelClock(opened);
            rings = new RingDrain(opened, counters, bus, busBefore, clock, config.packet__events__per__second());
            payloads = new PayloadDrain(opened, counters, bus, clock, config.payloads__per__second());
        } catch (BpfException e) {
            if (opened != null) {
                opened.close();
            }
            clock = null;
            unusable(Problems.load(e));
            return;
        } catch (JopilException e) {
            unusable(e);
            return;
        }
        LOG.info("memory: {}", opened.plan.text());
        tables = opened;
        flows.open(tables, clock);
        rings.start();
        watcher.open(tables);
    }

    private void unusable(JopilException why) {
        LOG.error("{} {}. {}", why.code(), why.title(), why.detail());
        watcher.unusable(why);
    }

    /** What the launcher was told goes before what is configured. */
    private static String told(String property, String nothing, String configured) {
        String told = System.getProperty(property, "").strip();
        return told.isEmpty() || told.equals(nothing) ? configured.strip() : told;
    }

    private void want() {
        SensorConfig c = config;
        String interfaces = told("jopil.interfaces", "", c.interfaces());
        if (interfaces.equals(NO_INTERFACE)) {
            return;
        }
        String mode = told("jopil.mode", AttachMode.AUTO.text(), c.mode());
        List<String> names = new ArrayList<>();
        for (String name : interfaces.split(",", -1)) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        watcher.want(names, AttachMode.of(mode).orElse(AttachMode.AUTO), c.exclude(), c.max__interfaces());
    }

    /** Takes a new configuration; only another size of table or ring detaches, drains, and attaches anew. */
    @Modified
    public synchronized void modified(SensorConfig changed) {
        SensorConfig before = config;
        config = changed;
        resize();
        if (rings != null) {
            rings.want(changed.packet__events__per__second());
            payloads.want(changed.payloads__per__second());
        }
        boolean other = !before.interfaces().equals(changed.interfaces())
                || !before.mode().equals(changed.mode())
                || !before.exclude().equals(changed.exclude())
                || before.max__interfaces() != changed.max__interfaces();
        if (other) {
            want();
        }
        watcher.follow();
    }

    /** Makes new tables if their sizes change; a budget that is too small for this machine changes nothing. */
    private void resize() {
        MemoryPlan wanted;
        try {
            wanted = KernelTables.plan(config, loader.possibleCpus());
            refused = null;
        } catch (JopilException e) {
            LOG.warn("{} {}. {}. The tables stay as they are", e.code(), e.title(), e.detail());
            refused = e;
            return;
        } catch (BpfException e) {
            return; // there is no libbpf, which is told already
        }
        if (tables != null && tables.plan.hasSizesOf(wanted)) {
            return;
        }
        if (tables != null) {
            watcher.detachAll("the size of the tables changes");
            closeKernel();
        }
        openKernel();
    }

    private void follow() {
        if (watcher.unusable().isEmpty()) {
            removeLeftovers();
        }
        while (!stopping) {
            try {
                long now = KernelClock.nowNs();
                watcher.follow();
                recheckClock();
                closeGap();
                // what is not recorded yet is still missing: a kill from here on belongs to the same gap
                if (!gapIsOpen) {
                    heartbeat.beat(now);
                }
            } catch (RuntimeException e) {
                LOG.error("Following the interfaces", e);
            }
            pause();
        }
        // stop() may have found us at work, and gone without
        watcher.detachAll("stopped");
        stopKernel();
    }

    /** Filters on clsact outlive a killed instance; everything else ends with its process. */
    private static void removeLeftovers() {
        try {
            Leftovers.remove().forEach(leftover -> LOG.info("removed what a killed instance left: {}", leftover));
        } catch (BpfException | NetException e) {
            LOG.warn("What a killed instance left could not be looked for: {}", e.toString());
        }
    }

    /** Looks at the interfaces at once. */
    void followNow() {
        watcher.follow();
    }

    private synchronized void recheckClock() {
        if (clock != null) {
            clock.recheck();
        }
    }

    private void closeGap() {
        if (gapIsOpen && watcher.wanted().stream().anyMatch(Watch::isAttached)) {
            gapIsOpen = false;
            flows.gap(new Ledger.Gap("killed", heartbeat.killedNs().getAsLong(), KernelClock.nowNs()));
        }
    }

    private void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            // stop() wants us to look
        }
    }

    /** Detach, grace period, last drain, unmap, close. At most 3 s; what does not end in time stays mapped and is told. */
    @Deactivate
    public void stop() {
        stopping = true;
        meter.close();
        follower.interrupt();
        boolean detached = watcher.detachAll("stopped", LOCK_MS);
        if (!detached) {
            LOG.warn("An interface is being attached or detached: everything is detached when that has ended");
        }
        if (detached) {
            stopKernel();
        }
        join(follower);
        registrations.forEach(ServiceRegistration::unregister);
        registrations.clear();
        if (!gapIsOpen) {
            heartbeat.stopped();
        }
    }

    private synchronized void stopKernel() {
        if (tables != null) {
            closeKernel();
        }
    }

    /** Everything is detached: drains the rest, then frees. */
    private void closeKernel() {
        RingDrain draining = rings;
        boolean drained = draining.stop(JOIN_MS);
        payloads.stop();
        finished = handOffs();
        long left = flows.finish(DRAIN_MS);
        if (left > 0) {
            LOG.info("{} packets of the flow tables were taken over by nobody", left);
        }
        KernelTables closing = tables;
        boolean released = flows.close(RELEASE_MS, drained ? closing::close : () -> draining.whenEnded(closing::close));
        if (!drained || !released) {
            LOG.warn("A reader of the kernel's tables did not end in time: they stay mapped until it does");
        }
        rings = null;
        payloads = null;
        clock = null;
        tables = null;
    }

    private static void join(Thread thread) {
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public List<HandOff> handOffs() {
        RingDrain draining = rings;
        PayloadDrain beside = payloads;
        if (draining == null || beside == null) {
            return finished;
        }
        List<HandOff> all = new ArrayList<>(draining.handOffs());
        all.addAll(beside.handOffs());
        return all;
    }

    @Override
    public synchronized long kernelBytes() {
        long own = tables == null ? 0 : tables.memoryBytes() + watcher.mapBytes();
        return own + elsewhere.stream().mapToLong(CostSource::kernelBytes).sum();
    }

    @Override
    public synchronized Optional<MemoryPlan> memory() {
        return tables == null ? Optional.empty() : Optional.of(tables.plan);
    }

    @Override
    public List<Program> programs() {
        return runTimes(LOCK_MS).orElse(List.of());
    }

    /** Empty if somebody attaches for longer than this. */
    private Optional<List<Program>> runTimes(long timeoutMs) {
        return watcher.runTimes(timeoutMs).map(atInterfaces -> {
            List<Program> all = new ArrayList<>(atInterfaces);
            elsewhere.forEach(source -> all.addAll(source.programs()));
            return all;
        });
    }

    @Override
    public Optional<Measurement> measurement() {
        return meter.measurement();
    }

    @Override
    public Measurement measure(Duration period) {
        if (watcher.unusable().isPresent()) {
            throw watcher.unusable().get();
        }
        return meter.measure(period);
    }

    private synchronized double emptyRunNs() {
        return tables == null ? 0 : tables.emptyRunNs();
    }

    @Override
    public synchronized Sampling.State sampling() {
        return rings == null ? new Sampling.State(0, config.packet__events__per__second(), 0) : rings.sampling();
    }

    @Override
    public String name() {
        return "sensor";
    }

    @Override
    public Result check() {
        if (watcher.unusable().isPresent()) {
            JopilException why = watcher.unusable().get();
            return new Result(Status.DOWN, why.code() + " " + why.title() + ". " + why.detail());
        }
        if (!runs()) {
            return new Result(Status.DOWN, "The clock program did not run; see: jopil doctor");
        }
        // looked at first: what was tried by then shows its result below
        boolean all = watcher.wanted().stream().allMatch(Watch::wasTried);
        List<String> attached = new ArrayList<>();
        List<String> troubled = new ArrayList<>();
        for (Watch watch : watcher.wanted()) {
            Watch.Condition condition = watch.condition();
            if (condition.state() == InterfaceStatus.State.ATTACHED) {
                attached.add(condition.why().startsWith("JOPIL-125") ? watch.name() + " (down)" : watch.name());
            } else {
                troubled.add(watch.name() + ": " + condition.why());
            }
        }
        if (troubled.isEmpty() && attached.isEmpty()) {
            return new Result(Status.DOWN, "No interface is watched; see: jopil interfaces, jopil attach");
        }
        boolean some = watcher.wanted().stream().anyMatch(Watch::isAttached);
        Status status = troubled.isEmpty()
                ? refused == null ? Status.UP : Status.DEGRADED
                : some && all ? Status.DEGRADED : Status.DOWN;
        if (refused != null) {
            troubled.add(
                    refused.code() + " " + refused.title() + ". " + refused.detail() + ". The tables stay as they are");
        }
        String watching = attached.isEmpty() ? "" : "Watching " + String.join(", ", attached);
        String trouble = String.join("; ", troubled);
        return new Result(status, watching + (watching.isEmpty() || trouble.isEmpty() ? "" : "; ") + trouble);
    }

    /** Whether a program of ours ran when it was told to. */
    private synchronized boolean runs() {
        if (tables == null) {
            return false;
        }
        try {
            long before = tables.readClocks().monoNs();
            return tables.readClocks().monoNs() > before;
        } catch (BpfException e) {
            LOG.warn("The clock program: {}", e.getMessage());
            return false;
        }
    }
}
