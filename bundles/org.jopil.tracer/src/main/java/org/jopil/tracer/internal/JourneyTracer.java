// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jopil.api.JopilException;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.Stage;
import org.jopil.api.source.Cost;
import org.jopil.api.source.CostSource;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.PacketTraces;
import org.jopil.api.source.Privacy;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.Layout;
import org.jopil.bus.EventBus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows packets by {@code journey.bpf.o}. Where the kernel refuses it, the service is there and says why. */
@Component(
        service = {LatencySource.class, PacketTraces.class, CostSource.class},
        immediate = true,
        configurationPid = "org.jopil.tracer")
@Designate(ocd = TracerConfig.class)
public final class JourneyTracer implements LatencySource, PacketTraces, CostSource {
    private static final Logger LOG = LoggerFactory.getLogger(JourneyTracer.class);
    private static final Path PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

    /** A key takes 2 KiB on each CPU: on large machines there is room for fewer. */
    private static final int LATENCY_BYTES = 16 * 1024 * 1024;

    private static final int LEAST_KEYS = 256;
    private static final int MOST_KEYS = 1024;
    private static final int BUCKETS = 4096;
    private static final int BUCKETS_FOR_ALL = 16_384;
    private static final int BUCKETS_PER_TAG_LINE = 16;
    private static final int WAITING = 16_384;
    private static final int WAITING_FOR_ALL = 65_536;

    /** What the hooks of followed packets may take between two looks, 100 ms apart. */
    private static final int RING_BYTES = 1024 * 1024;

    private static final int RING_BYTES_FOR_ALL = 16 * 1024 * 1024;

    /** On all CPUs together: 3,200 to 32,000 a second, by the kernel's HZ. */
    private static final int TRACED_PER_JIFFY = 32;

    private final Privacy privacy;
    private final int followOneIn;
    private final boolean netfilter;
    private JopilException refused;
    private Tracing tracing;
    private LatencyHistograms histograms;
    private JourneyTraces traces;
    private JourneyEvents events;
    private Map<Stage, String> missing = Map.of();

    @Activate
    public JourneyTracer(
            @Reference BpfLoader loader, @Reference EventBus bus, @Reference Privacy privacy, TracerConfig config) {
        this(loader, bus, privacy, config.follow__one__in(), config.netfilter());
    }

    JourneyTracer(BpfLoader loader, EventBus bus, Privacy privacy, int followOneIn, boolean netfilter) {
        this(loader, privacy, followOneIn, netfilter, true);
        if (refused == null) {
            events = new JourneyEvents(events(), bus.journeys(), new InterfaceNames());
        }
    }

    /** @param told whether single hooks are told, into {@link #events()} */
    JourneyTracer(BpfLoader loader, Privacy privacy, int followOneIn, boolean netfilter, boolean told) {
        this.privacy = privacy;
        this.followOneIn = followOneIn;
        this.netfilter = netfilter;
        if (followOneIn == 0) {
            refused = new JopilException(
                    "JOPIL-107",
                    503,
                    "No packet is followed",
                    "follow_one_in is 0 in org.jopil.tracer.cfg. Set it to 64 to follow one packet of so many");
            return;
        }
        try {
            tracing = Tracing.load(
                    loader,
                    "journey.bpf.o",
                    JourneyPrograms.all(netfilter),
                    List.of(JourneyPrograms.NEEDED),
                    object -> configure(object, loader.possibleCpus(), told));
            histograms = new LatencyHistograms(tracing.object);
            traces = new JourneyTraces(tracing.object.map("journey_control"), this::leftOut);
            missing = JourneyPrograms.attach(tracing, netfilter);
            LOG.info("journeys: one packet in {} is followed", followOneIn);
        } catch (BpfException e) {
            stop();
            refused = Tracing.refusal(
                    e,
                    "JOPIL-108",
                    "Packets cannot be followed on this kernel",
                    "How long they take on their way is not known; how many there are is");
            LOG.warn("{} {}. {}", refused.code(), refused.title(), refused.detail());
        }
    }

    private void configure(BpfObject object, int cpus, boolean told) {
        boolean all = followOneIn == 1;
        int keys = LATENCY_BYTES / (cpus * Layout.HISTOGRAM_SIZE);
        int buckets = all ? BUCKETS_FOR_ALL : BUCKETS;
        int waiting = all ? WAITING_FOR_ALL : WAITING;
        object.maxEntries("followed", buckets)
                .maxEntries("followed_tags", buckets / BUCKETS_PER_TAG_LINE)
                .maxEntries("waiting", waiting)
                .maxEntries("journey_events", all ? RING_BYTES_FOR_ALL : RING_BYTES)
                .maxEntries("latency", Math.max(LEAST_KEYS, Math.min(keys, MOST_KEYS)))
                .constant(
                        "config",
                        ByteBuffer.allocate(Layout.JOURNEY_CONFIG_SIZE)
                                .order(ByteOrder.nativeOrder())
                                .putInt(Layout.JOURNEY_CONFIG_FOLLOW_STEP_OFFSET, followOneIn)
                                .putInt(Layout.JOURNEY_CONFIG_BUCKET_MASK_OFFSET, buckets - 1)
                                .putInt(Layout.JOURNEY_CONFIG_WAITING_MASK_OFFSET, waiting - 1)
                                .putShort(Layout.JOURNEY_CONFIG_EPHEMERAL_FROM_OFFSET, (short) ephemeralFrom())
                                .put(Layout.JOURNEY_CONFIG_EVENTS_OFFSET, (byte) (told ? 1 : 0))
                                .putInt(
                                        Layout.JOURNEY_CONFIG_TRACED_PER_JIFFY_OFFSET,
                                        Math.max(1, TRACED_PER_JIFFY / cpus))
                                .array());
    }

    /** Local ports from here on the kernel gives out itself. */
    private static int ephemeralFrom() {
        try {
            // by lines: a second read of a file in /proc/sys finds its end, and readString begins with one byte
            return Integer.parseInt(Files.readAllLines(PORT_RANGE).get(0).split("\\s+")[0]);
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            return 32768;
        }
    }

    private void require() {
        if (refused != null) {
            throw refused;
        }
        if (tracing == null) {
            throw Tracing.stopping();
        }
    }

    /** The ring of single hooks, {@code struct journey_event}. */
    BpfMap events() {
        require();
        return tracing.object.map("journey_events");
    }

    @Override
    public synchronized void read(Consumer<Histogram> visitor) {
        require();
        histograms.read(book().overflow() > 0, visitor);
    }

    @Override
    public int followOneIn() {
        require();
        return followOneIn;
    }

    @Override
    public Map<Stage, String> missing() {
        return missing;
    }

    @Override
    public synchronized Book book() {
        require();
        ByteBuffer cpus = books();
        Map<JourneyEnd, Long> ended = new EnumMap<>(JourneyEnd.class);
        for (JourneyEnd end : JourneyEnd.values()) {
            ended.put(end, sum(cpus, Layout.JOURNEY_BOOK_ENDED_OFFSET + end.ordinal() * Long.BYTES));
        }
        return new Book(
                sum(cpus, Layout.JOURNEY_BOOK_BEGUN_OFFSET),
                sum(cpus, Layout.JOURNEY_BOOK_BEGUN_OFFSET + Long.BYTES),
                ended,
                sum(cpus, Layout.JOURNEY_BOOK_RING_FULL_OFFSET),
                sum(cpus, Layout.JOURNEY_BOOK_LATENCY_OVERFLOW_OFFSET));
    }

    @Override
    public synchronized Trace begin(Condition condition, Duration duration) {
        require();
        if (!condition.addressA().isEmpty() || !condition.addressB().isEmpty()) {
            Hiding.refuse(
                    privacy, "The kernel would have to find packets by an address", "Trace by ports and protocol");
        }
        return traces.begin(condition, duration);
    }

    @Override
    public synchronized List<Cost.Program> programs() {
        return tracing == null ? List.of() : JourneyPrograms.cost(tracing, netfilter);
    }

    @Override
    public synchronized long kernelBytes() {
        return tracing == null ? 0 : tracing.memoryBytes;
    }

    /** Since the tracer came up; 0 when it has gone. */
    private synchronized long leftOut() {
        return tracing == null ? 0 : sum(books(), Layout.JOURNEY_BOOK_TRACE_LEFT_OUT_OFFSET);
    }

    private ByteBuffer books() {
        return ByteBuffer.wrap(tracing.object.map("journey_books").lookup(0).orElseThrow())
                .order(ByteOrder.nativeOrder());
    }

    private static long sum(ByteBuffer cpus, int offset) {
        long sum = 0;
        for (int at = offset; at < cpus.capacity(); at += Layout.JOURNEY_BOOK_SIZE) {
            sum += cpus.getLong(at);
        }
        return sum;
    }

    /** Detaches and frees. */
    @Deactivate
    public synchronized void stop() {
        if (events != null) {
            events.stop();
            events = null;
        }
        if (traces != null) {
            traces.close();
            traces = null;
        }
        if (histograms != null) {
            histograms.close();
            histograms = null;
        }
        if (tracing != null) {
            tracing.close();
            tracing = null;
        }
    }
}
