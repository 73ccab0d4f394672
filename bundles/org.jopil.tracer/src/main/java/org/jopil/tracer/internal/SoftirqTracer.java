// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.source.Cost;
import org.jopil.api.source.CostSource;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.SoftirqSource;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.EpochClock;
import org.jopil.bpf.Layout;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link SoftirqSource} by {@code softirq.bpf.o}, where it is asked for. Where it is not, or the kernel refuses it, the
 * service is there and says why.
 */
@Component(
        service = {SoftirqSource.class, CostSource.class},
        immediate = true,
        configurationPid = "org.jopil.tracer.softirq")
@Designate(ocd = SoftirqTracer.Config.class)
public final class SoftirqTracer implements SoftirqSource, CostSource {
    private static final Logger LOG = LoggerFactory.getLogger(SoftirqTracer.class);
    private static final List<String> TRACEPOINTS =
            List.of("jopil_softirq_raise", "jopil_softirq_entry", "jopil_softirq_exit");
    private static final String MAP = "softirqs";

    /** The component's configuration. */
    @ObjectClassDefinition(
            name = "Softirqs",
            description =
                    "How long packets wait until a CPU takes them from the devices, and for how long it works on them")
    public @interface Config {
        /** Off, because the kernel's tracepoints tell of every run, also where each is for one packet. */
        @AttributeDefinition(
                description =
                        "measures delay and length of the network's softirqs, 80 to 130 ns for each run of one: 1.5 to"
                                + " 2.6 % of a CPU where there are 200,000 runs a second")
        boolean measure() default false;
    }

    private JopilException refused;
    private Tracing tracing;

    @Activate
    public SoftirqTracer(@Reference BpfLoader loader, Config config) {
        this(loader, config.measure());
    }

    SoftirqTracer(BpfLoader loader, boolean measure) {
        if (!measure) {
            refused = new JopilException(
                    "JOPIL-118",
                    503,
                    "Softirqs are not measured",
                    "It is off, since it costs up to 2.6 % of a CPU under load: measure = true in"
                            + " etc/org.jopil.tracer.softirq.cfg turns it on");
            return;
        }
        try {
            tracing = Tracing.load(loader, "softirq.bpf.o", TRACEPOINTS, TRACEPOINTS, object -> {});
            tracing.attach(TRACEPOINTS);
        } catch (BpfException e) {
            stop();
            refused = Tracing.refusal(
                    e,
                    "JOPIL-118",
                    "Softirqs cannot be measured on this kernel",
                    "How long the network's softirqs wait and run is not known; what they gave up is");
            LOG.warn("{} {}. {}", refused.code(), refused.title(), refused.detail());
        }
    }

    @Override
    public synchronized List<Cost.Program> programs() {
        return tracing == null ? List.of() : tracing.cost(TRACEPOINTS, Tracing.TRACEPOINT);
    }

    @Override
    public synchronized long kernelBytes() {
        return tracing == null ? 0 : tracing.memoryBytes;
    }

    @Override
    public long window() {
        long kernelMonoNs = EpochClock.ns(Instant.now()) - EpochClock.minusKernelMono();
        return kernelMonoNs >> Layout.SOFTIRQ_WINDOW_SHIFT;
    }

    @Override
    public synchronized void read(Visitor visitor) {
        if (refused != null) {
            throw refused;
        }
        if (tracing == null) {
            throw Tracing.stopping();
        }
        long window = window();
        for (Vector vector : Vector.values()) {
            int index = vector == Vector.NET_TX ? Layout.SOFTIRQ_NET_TX : Layout.SOFTIRQ_NET_RX;
            ByteBuffer cpus = ByteBuffer.wrap(
                            tracing.object.map(MAP).lookup(index).orElseThrow())
                    .order(ByteOrder.nativeOrder());
            for (int cpu = 0; cpu < cpus.capacity() / Layout.SOFTIRQ_TIMES_SIZE; cpu++) {
                int at = cpu * Layout.SOFTIRQ_TIMES_SIZE;
                visitor.softirq(
                        cpu,
                        vector,
                        cpus.getLong(at + Layout.SOFTIRQ_TIMES_RUNS_OFFSET),
                        times(cpus, at + Layout.SOFTIRQ_TIMES_DELAY_OFFSET, window),
                        times(cpus, at + Layout.SOFTIRQ_TIMES_RUN_OFFSET, window));
            }
        }
    }

    private static Times times(ByteBuffer from, int at, long window) {
        long[] buckets = new long[LatencySource.BUCKETS];
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = Integer.toUnsignedLong(from.getInt(at + Layout.HISTOGRAM_BUCKET_OFFSET + i * Integer.BYTES));
        }
        long maxNs = 0;
        for (int i = 0; i < Layout.HISTOGRAM_WINDOW_LENGTH; i++) {
            int w = at + Layout.HISTOGRAM_WINDOW_OFFSET + i * Layout.HISTOGRAM_WINDOW_SIZE;
            if (from.getLong(w + Layout.HISTOGRAM_WINDOW_NUMBER_OFFSET) >= window - 1) {
                maxNs = Math.max(maxNs, from.getLong(w + Layout.HISTOGRAM_WINDOW_MAX_NS_OFFSET));
            }
        }
        return new Times(
                from.getLong(at + Layout.HISTOGRAM_COUNT_OFFSET),
                from.getLong(at + Layout.HISTOGRAM_SUM_NS_OFFSET),
                maxNs,
                buckets);
    }

    /** Detaches and frees. */
    @Deactivate
    public synchronized void stop() {
        if (tracing != null) {
            tracing.close();
            tracing = null;
        }
    }
}
