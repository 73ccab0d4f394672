// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jopil.api.JopilException;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.Renewal;
import org.jopil.bus.DropColumns;
import org.jopil.bus.DropWriter;
import org.jopil.bus.EventBus;
import org.jopil.bus.FlowColumns;
import org.jopil.bus.FlowWriter;
import org.jopil.bus.JourneyColumns;
import org.jopil.bus.JourneyWriter;
import org.jopil.bus.PacketColumns;
import org.jopil.bus.PacketWriter;
import org.jopil.bus.PayloadColumns;
import org.jopil.bus.PayloadWriter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bus. It finds analyzers by their service properties alone and gives each a thread; the service object itself is
 * first touched on that thread, so that a plug-in that hangs holds up nobody.
 */
@Component(
        immediate = true,
        service = {EventBus.class, Reports.class, Analyzers.class, Renewal.class, HealthCheck.class})
public final class BroadcastEventBus
        implements EventBus,
                Reports,
                Analyzers,
                Renewal,
                HealthCheck,
                ServiceTrackerCustomizer<Object, ServiceReference<Object>> {
    private static final Logger LOG = LoggerFactory.getLogger(BroadcastEventBus.class);

    private static final String NAME = "jopil.name";
    private static final String LATENCY_MS = "jopil.latency.ms";
    private static final long DEFAULT_LATENCY_MS = 100;
    private static final long ANSWER_MS = 2000;
    private static final long UNBIND_MS = 1000;
    private static final long CLOSE_MS = 2000;
    /** Names whose accounts are kept apart after they have gone. */
    private static final int MOST_GONE = 64;

    private final BundleContext context;
    private final Privacy privacy;
    private final Masking masking;
    private final Streams streams = new Streams();
    private final PacketWriter packetWriter = new PacketWriter() {
        @Override
        public PacketColumns columns() {
            return streams.packets.filling();
        }

        @Override
        public boolean publish() {
            long held = privacy.hold();
            try {
                masking.packets(streams.packets.filling());
                return streams.packets.publish();
            } finally {
                privacy.release(held);
            }
        }
    };
    private final FlowWriter flowWriter = new FlowWriter() {
        @Override
        public FlowColumns columns() {
            return streams.flows.filling();
        }

        @Override
        public void publish() {
            streams.flows.publish();
        }
    };
    private final DropWriter dropWriter = new DropWriter() {
        @Override
        public DropColumns columns() {
            return streams.drops.filling();
        }

        @Override
        public void publish() {
            long held = privacy.hold();
            try {
                masking.drops(streams.drops.filling());
                streams.drops.publish();
            } finally {
                privacy.release(held);
            }
        }

        @Override
        public long rows() {
            return streams.drops.rows();
        }
    };
    private final JourneyWriter journeyWriter = new JourneyWriter() {
        @Override
        public JourneyColumns columns() {
            return streams.journeys.filling();
        }

        @Override
        public void publish() {
            long held = privacy.hold();
            try {
                masking.journeys(streams.journeys.filling());
                streams.journeys.publish();
            } finally {
                privacy.release(held);
            }
        }
    };
    private final PayloadWriter payloadWriter = new PayloadWriter() {
        @Override
        public PayloadColumns columns() {
            return streams.payloads.filling();
        }

        @Override
        public void publish() {
            long held = privacy.hold();
            try {
                masking.payloads(streams.payloads.filling());
                streams.payloads.publish();
            } finally {
                privacy.release(held);
            }
        }

        @Override
        public long rows() {
            return streams.payloads.rows();
        }
    };

    private final ServiceTracker<Object, ServiceReference<Object>> tracker;
    private final Map<String, Parked> parked = new ConcurrentHashMap<>();

    // guarded by analyzers: those by service, the ones that were left behind, and the accounts of the ones that ended
    private final Map<ServiceReference<Object>, AnalyzerThread> analyzers = new LinkedHashMap<>();
    private final List<AnalyzerThread> abandoned = new ArrayList<>();
    private final Map<String, Ledger.Subscriber> gone = new LinkedHashMap<>();

    private volatile boolean closing;
    private final Object renewalLock = new Object();
    private final ComponentRenewal renewal;
    /** What goes leaves nothing to its successor. */
    private volatile boolean renewing;

    /** Called by the component runtime. */
    @Activate
    public BroadcastEventBus(
            BundleContext context, @Reference Privacy privacy, @Reference ServiceComponentRuntime runtime)
            throws InvalidSyntaxException {
        this.context = context;
        this.privacy = privacy;
        this.masking = new Masking(privacy);
        this.renewal = new ComponentRenewal(context, runtime, this);
        StringBuilder roles = new StringBuilder();
        Stream.concat(streams.roles(), Stream.of(Poller.class, ReportSource.class))
                .forEach(role -> roles.append('(')
                        .append(Constants.OBJECTCLASS)
                        .append('=')
                        .append(role.getName())
                        .append(')'));
        tracker = new ServiceTracker<>(context, context.createFilter("(&(" + NAME + "=*)(|" + roles + "))"), this);
        tracker.open();
    }

    @Deactivate
    void deactivate() {
        closing = true;
        List<AnalyzerThread> all;
        synchronized (analyzers) {
            all = List.copyOf(analyzers.values());
        }
        // all at once, so that they share the 2 s; closing the tracker then finds them ended
        all.forEach(analyzer -> analyzer.stop(false));
        long until = System.nanoTime() + CLOSE_MS * 1_000_000;
        for (AnalyzerThread analyzer : all) {
            analyzer.awaitEnd((until - System.nanoTime()) / 1_000_000);
        }
        tracker.close();
    }

    // ---- analyzers come and go

    @Override
    public ServiceReference<Object> addingService(ServiceReference<Object> reference) {
        synchronized (analyzers) {
            AnalyzerThread holder = running(name(reference));
            if (holder == null) {
                start(reference);
            } else {
                LOG.warn(
                        "Analyzer \"{}\" of bundle {} waits: bundle {} has one of that name",
                        name(reference),
                        reference.getBundle().getSymbolicName(),
                        holder.identity().bundle());
            }
        }
        return reference;
    }

    private void start(ServiceReference<Object> reference) {
        Bundle bundle = reference.getBundle();
        String name = name(reference);
        AnalyzerThread.Identity identity = new AnalyzerThread.Identity(
                name, bundle.getSymbolicName(), bundle.getVersion().toString(), bundle.getBundleId(), Set.of((String[])
                        reference.getProperty(Constants.OBJECTCLASS)));
        long now = System.nanoTime();
        parked.values().removeIf(left -> left.deadlineNs() - now < 0);
        AnalyzerThread analyzer = new AnalyzerThread(
                identity,
                latencyMs(reference),
                () -> context.getService(reference),
                streams,
                Optional.ofNullable(parked.remove(name)),
                left -> parked.put(name, left));
        analyzers.put(reference, analyzer);
        analyzer.start();
    }

    @Override
    public void modifiedService(ServiceReference<Object> reference, ServiceReference<Object> same) {
        synchronized (analyzers) {
            AnalyzerThread analyzer = analyzers.get(reference);
            if (analyzer != null) {
                analyzer.latency(latencyMs(reference));
            }
        }
    }

    @Override
    public void removedService(ServiceReference<Object> reference, ServiceReference<Object> same) {
        AnalyzerThread analyzer;
        synchronized (analyzers) {
            analyzer = analyzers.get(reference);
        }
        if (analyzer == null) {
            return;
        }
        analyzer.stop(!renewing && !isShuttingDown());
        boolean ended = analyzer.awaitEnd(closing ? 1 : UNBIND_MS);
        synchronized (analyzers) {
            analyzers.remove(reference);
            if (ended) {
                remember(analyzer);
            } else {
                abandoned.add(analyzer);
            }
            next(analyzer.identity().name(), reference);
        }
        if (ended) {
            context.ungetService(reference);
        }
    }

    /** What it was given stays in the books. */
    private void remember(AnalyzerThread ended) {
        for (Ledger.Subscriber left : ended.accounts()) {
            boolean own = gone.size() < MOST_GONE || gone.containsKey(left.name());
            gone.merge(own ? left.name() : "others", left, BroadcastEventBus::sum);
        }
    }

    private static Ledger.Subscriber sum(Ledger.Subscriber a, Ledger.Subscriber b) {
        return new Ledger.Subscriber(
                a.name(),
                a.delivered() + b.delivered(),
                a.processed() + b.processed(),
                a.overrun() + b.overrun(),
                a.pending() + b.pending());
    }

    /** The one that waited for the name. */
    private void next(String name, ServiceReference<Object> gone) {
        ServiceReference<Object>[] references = tracker.getServiceReferences();
        if (references == null || isShuttingDown()) {
            return;
        }
        Stream.of(references)
                .filter(reference -> !reference.equals(gone) && name.equals(name(reference)))
                .findFirst()
                .ifPresent(this::start);
    }

    private boolean isShuttingDown() {
        return closing
                || context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getState() == Bundle.STOPPING
                || context.getBundle().getState() == Bundle.STOPPING;
    }

    private static String name(ServiceReference<?> reference) {
        return String.valueOf(reference.getProperty(NAME));
    }

    private static long latencyMs(ServiceReference<?> reference) {
        return reference.getProperty(LATENCY_MS) instanceof Number number ? number.longValue() : DEFAULT_LATENCY_MS;
    }

    private AnalyzerThread running(String name) {
        synchronized (analyzers) {
            return analyzers.values().stream()
                    .filter(analyzer -> analyzer.identity().name().equals(name))
                    .findFirst()
                    .orElse(null);
        }
    }

    /** The ones that run, then the ones that were left behind and still do. */
    private List<AnalyzerThread> all() {
        synchronized (analyzers) {
            abandoned.stream().filter(analyzer -> !analyzer.isAlive()).forEach(this::remember);
            abandoned.removeIf(analyzer -> !analyzer.isAlive());
            List<AnalyzerThread> all = new ArrayList<>(analyzers.values());
            all.sort(Comparator.comparing(analyzer -> analyzer.identity().name()));
            all.addAll(abandoned);
            return all;
        }
    }

    // ---- services

    @Override
    public PacketWriter packets() {
        return packetWriter;
    }

    @Override
    public FlowWriter flows() {
        return flowWriter;
    }

    @Override
    public DropWriter drops() {
        return dropWriter;
    }

    @Override
    public JourneyWriter journeys() {
        return journeyWriter;
    }

    @Override
    public PayloadWriter payloads() {
        return payloadWriter;
    }

    @Override
    public FlowSource hidden(FlowSource source) {
        return new HiddenFlows(source, privacy);
    }

    @Override
    public void wake() {
        synchronized (analyzers) {
            all().forEach(AnalyzerThread::hurry);
        }
    }

    @Override
    public long deliveredPackets() {
        return streams.packets.rows();
    }

    @Override
    public List<Ledger.Subscriber> subscribers() {
        List<Ledger.Subscriber> accounts = new ArrayList<>();
        synchronized (analyzers) {
            all().forEach(analyzer -> accounts.addAll(analyzer.accounts()));
            gone.forEach((name, sum) -> accounts.add(new Ledger.Subscriber(
                    name + " (gone)", sum.delivered(), sum.processed(), sum.overrun(), sum.pending())));
        }
        return accounts;
    }

    @Override
    public List<Analyzers.Status> list() {
        return all().stream().map(AnalyzerThread::status).toList();
    }

    @Override
    public List<String> names() {
        synchronized (analyzers) {
            return analyzers.values().stream()
                    .filter(AnalyzerThread::answersReports)
                    .map(analyzer -> analyzer.identity().name())
                    .sorted()
                    .toList();
        }
    }

    @Override
    public Report ask(String name, Query query) {
        AnalyzerThread analyzer = running(name);
        if (analyzer == null || !analyzer.answersReports()) {
            throw new JopilException(
                    "JOPIL-404",
                    404,
                    "There is no report '" + name + "'",
                    names().isEmpty()
                            ? "No analyzer is running; 'jopil analyzers' lists them."
                            : "There are: " + String.join(", ", names()) + ".");
        }
        return analyzer.ask(query, ANSWER_MS);
    }

    @Override
    public void anew(Set<String> more, Runnable between) throws InterruptedException {
        synchronized (renewalLock) {
            renewing = true;
            try {
                renewal.anew(more, () -> {
                    parked.clear();
                    renewing = false;
                    between.run();
                });
            } finally {
                renewing = false;
            }
        }
    }

    @Override
    public Renewal.Absence without(Set<String> bundles) throws InterruptedException {
        return renewal.without(bundles);
    }

    @Override
    public String name() {
        return "bus";
    }

    @Override
    public HealthCheck.Result check() {
        List<AnalyzerThread> all = all();
        List<String> bad = all.stream()
                .filter(analyzer ->
                        !analyzer.state().equals("running") && !analyzer.state().equals("starting"))
                .map(analyzer -> "\"" + analyzer.identity().name() + "\" is " + analyzer.state() + " (bundle:restart "
                        + analyzer.identity().bundleId() + ")")
                .toList();
        return bad.isEmpty()
                ? new HealthCheck.Result(HealthCheck.Status.UP, all.size() + " analyzers run.")
                : new HealthCheck.Result(
                        HealthCheck.Status.DEGRADED,
                        "Analyzer " + String.join(", ", bad) + ". The others run, counts are not affected.");
    }
}
