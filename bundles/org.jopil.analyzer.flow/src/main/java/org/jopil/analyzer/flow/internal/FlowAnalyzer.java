// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.event.PacketBatch;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.AddressFacts;
import org.jopil.api.source.Applications;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.MemoryPlan;
import org.jopil.api.source.Owners;
import org.jopil.api.source.TcpSource;
import org.jopil.bus.EventBus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The one consumer of the kernel's flow table: scans it once a second, sooner when it fills fast, and for the last time
 * when the sensor has detached. It outlives the sensor's service; the flows stay readable while the sensor restarts.
 */
@Component(
        configurationPid = "org.jopil.analyzer.flow",
        service = {Poller.class, PacketAnalyzer.class, ReportSource.class, HealthCheck.class})
@AnalyzerProperties(name = "flows", latency_ms = FlowAnalyzer.LATENCY_MS)
@Designate(ocd = FlowAnalyzer.Config.class)
public final class FlowAnalyzer implements Poller, PacketAnalyzer, ReportSource, HealthCheck {
    static final long LATENCY_MS = 50;

    private static final long SCAN_NS = TimeUnit.SECONDS.toNanos(1);
    /** A scan comes early now and then. */
    private static final long OWNERS_EARLY_NS = TimeUnit.MILLISECONDS.toNanos(50);
    /** A sensor that stops takes its service away first, then detaches, and wants the rest to be scanned. */
    private static final long LAST_SCANS_NS = TimeUnit.SECONDS.toNanos(5);

    /** Limits. */
    @ObjectClassDefinition(
            name = "Flows",
            description = "When a flow ends, and how many are kept. Times are measured against packet time.")
    public @interface Config {
        long IDLE_S = 15;
        long ACTIVE_S = 60;
        long CLOSED_S = 2;
        long KEPT_S = 900;
        int KEPT_FLOWS = 20_000;
        int HALF_OPEN = 16_384;
        int TCP_CONNECTIONS = 8192;

        @AttributeDefinition(
                name = "Idle time-out",
                min = "1",
                max = "86400",
                description = "Seconds without a packet after which a flow has ended (end reason idle).")
        long idle__timeout__seconds() default IDLE_S;

        @AttributeDefinition(
                name = "Active time-out",
                min = "1",
                max = "86400",
                description =
                        "Seconds after which the record of a flow that goes on is closed (end reason active) and the next one opened.")
        long active__timeout__seconds() default ACTIVE_S;

        @AttributeDefinition(
                name = "Time-out after FIN or RST",
                min = "0",
                max = "3600",
                description =
                        "Seconds after the last packet of a TCP connection that both sides finished or one reset.")
        long closed__timeout__seconds() default CLOSED_S;

        @AttributeDefinition(
                name = "Ended flows, time",
                min = "0",
                max = "86400",
                description = "Seconds for which ended flows stay in the list; afterwards they are only in the totals.")
        long ended__kept__seconds() default KEPT_S;

        @AttributeDefinition(
                name = "Ended flows, number",
                min = "0",
                max = "1000000",
                description = "Most ended flows in the list, about 150 bytes of heap each; the oldest leave first.")
        int ended__kept__flows() default KEPT_FLOWS;

        @AttributeDefinition(
                name = "Live flows, number",
                min = "0",
                max = "16777216",
                description =
                        "Most flows at a time, up to 160 bytes of heap each; packets of further ones are counted as refused."
                                + " 0: two fifths of the heap, which memory_mib in org.jopil.sensor.cfg decides.")
        int live__flows() default 0;

        @AttributeDefinition(
                name = "Half-open TCP flows, number",
                min = "1",
                max = "16777216",
                description =
                        "Most flows at a time of which nothing but SYN was seen, so that a SYN flood takes no more of the"
                                + " list; packets of further ones are counted as refused.")
        int half__open__flows() default HALF_OPEN;

        @AttributeDefinition(
                name = "TCP connections, number",
                min = "0",
                max = "1000000",
                description =
                        "Most TCP connections at a time that are followed segment by segment, about 400 bytes of heap each;"
                                + " what is known of others the kernel's sockets tell. 0: none, which saves the time.")
        int tcp__connections() default TCP_CONNECTIONS;
    }

    private final FlowTracker tracker;
    private final InterfaceNames names = new InterfaceNames();
    private final FlowReport flowReport;
    private final LongSupplier epochNs;

    // set by the component runtime, read by the analyzer's thread
    private volatile Settings settings;
    private volatile int tcpConnections = Config.TCP_CONNECTIONS;
    private volatile FlowSource source;
    private volatile long sourceGoneNs;

    // the analyzer's thread
    private Settings applied;
    private FlowSource claimed;
    private FlowSource.Claim claim;
    private long nextScanNs = System.nanoTime();
    private long nextOwnersNs = nextScanNs;

    private volatile long refused;
    private volatile long refusedHalfOpen;

    /** Called by the component runtime. */
    @Activate
    public FlowAnalyzer(@Reference EventBus bus, Config config) {
        this(bus, config(config), FlowAnalyzer::now);
        tcpConnections = config.tcp__connections();
    }

    FlowAnalyzer(EventBus bus, Settings settings, LongSupplier epochNs) {
        this.settings = settings;
        this.epochNs = epochNs;
        applied = settings;
        tracker = new FlowTracker(bus.flows(), settings);
        flowReport = new FlowReport(tracker, names);
    }

    @Modified
    void modified(Config config) {
        settings = config(config);
        tcpConnections = config.tcp__connections();
    }

    private static Settings config(Config config) {
        return Settings.of(
                config.idle__timeout__seconds(),
                config.active__timeout__seconds(),
                config.closed__timeout__seconds(),
                config.ended__kept__seconds(),
                config.ended__kept__flows(),
                config.live__flows() == 0
                        ? MemoryPlan.liveFlows(Runtime.getRuntime().maxMemory())
                        : config.live__flows(),
                config.half__open__flows());
    }

    private static long now() {
        Instant now = Instant.now();
        return now.getEpochSecond() * Settings.SECOND_NS + now.getNano();
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindFlowSource(FlowSource found) {
        source = found;
    }

    void unbindFlowSource(FlowSource gone) {
        if (source == gone) {
            sourceGoneNs = System.nanoTime();
            source = null;
        }
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindInterfaces(Interfaces found) {
        names.source(found);
    }

    void unbindInterfaces(Interfaces gone) {
        names.gone(gone);
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindOwners(Owners found) {
        tracker.owners().source(found);
    }

    void unbindOwners(Owners gone) {
        tracker.owners().gone(gone);
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindApplications(Applications found) {
        tracker.applications().source(found);
    }

    void unbindApplications(Applications gone) {
        tracker.applications().gone(gone);
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindTcp(TcpSource found) {
        tracker.tcp().source(found);
    }

    void unbindTcp(TcpSource gone) {
        tracker.tcp().gone(gone);
    }

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindAddressFacts(AddressFacts found) {
        tracker.places().source(found);
    }

    void unbindAddressFacts(AddressFacts gone) {
        tracker.places().gone(gone);
    }

    /** The bus has ended the analyzer's thread before. */
    @Deactivate
    void deactivate() {
        release();
    }

    @Override
    public void onPackets(PacketBatch batch) {
        tracker.tcp().take(batch);
    }

    @Override
    public void poll() {
        tracker.tcp().connections(tcpConnections);
        if (applied != settings) {
            applied = settings;
            tracker.settings(applied);
        }
        long now = System.nanoTime();
        FlowSource current = source;
        boolean orphaned =
                claim != null && claimed != current && (current != null || now - sourceGoneNs > LAST_SCANS_NS);
        if (orphaned || now - nextScanNs >= 0 || claim != null && claim.urgent()) {
            nextScanNs = now + SCAN_NS;
            scan();
        }
        if (orphaned) {
            release();
        }
        if (claim == null && current != null) {
            claim = current.claim();
            claimed = current;
            tracker.otherSource(claim.isRecorded());
            nextScanNs = now;
        }
    }

    private void scan() {
        tracker.beginScan(claim == null ? epochNs.getAsLong() : claim.nowNs());
        try {
            if (claim != null) {
                claim.scan(tracker::merge);
                claim.overflow(tracker::overflow);
            }
        } finally {
            tracker.endScan();
            tracker.applications().take();
            tracker.tcp().takeClosed(names);
            askOwners();
            refused = tracker.refusedPackets();
            refusedHalfOpen = tracker.refusedHalfOpenPackets();
        }
    }

    private void askOwners() {
        long now = System.nanoTime();
        if (now - nextOwnersNs >= 0) {
            nextOwnersNs = now + SCAN_NS - OWNERS_EARLY_NS;
            tracker.owners().ask(names, tracker.scanNs());
        }
    }

    private void release() {
        if (claim != null) {
            claim.close();
            claim = null;
            claimed = null;
        }
    }

    @Override
    public Report report(Query query) throws Exception {
        return flowReport.report(query);
    }

    @Override
    public String name() {
        return "flows";
    }

    @Override
    public Result check() {
        if (source == null) {
            return new Result(Status.DEGRADED, "No sensor counts flows; see the check \"sensor\".");
        }
        long halfOpen = refusedHalfOpen;
        long other = refused - halfOpen;
        if (other > 0) {
            return new Result(
                    Status.DEGRADED,
                    other + " packets belong to flows that found no place: more than " + settings.mostFlows()
                            + " at a time. Counters are complete; raise memory_mib in etc/org.jopil.sensor.cfg and start"
                            + " JOPIL anew.");
        }
        return new Result(
                Status.UP,
                halfOpen == 0
                        ? "Every flow is kept."
                        : halfOpen + " SYNs were counted and are in no flow: more than " + settings.mostHalfOpen()
                                + " half-open TCP flows at a time. A SYN flood, or a scan? half_open_flows in"
                                + " etc/org.jopil.analyzer.flow.cfg is the limit.");
    }
}
