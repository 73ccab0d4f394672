// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jopil.api.JopilException;
import org.jopil.api.source.Cost;
import org.jopil.api.source.CostSource;
import org.jopil.api.source.DropSource;
import org.jopil.api.source.HandOffs;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLink;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;
import org.jopil.bpf.KernelNames;
import org.jopil.bpf.Layout;
import org.jopil.bus.EventBus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts drops by {@code drop.bpf.o}. Where the kernel refuses it, the service is there and says why. */
@Component(
        service = {DropSource.class, HandOffs.class, CostSource.class},
        immediate = true)
public final class DropTracer implements DropSource, HandOffs, CostSource {
    private static final Logger LOG = LoggerFactory.getLogger(DropTracer.class);

    /** On one CPU: 800 to 8,000 a second, by the kernel's HZ. */
    private static final int EVENTS_PER_JIFFY = 8;

    /** All packets that wait for a neighbour are dropped at once; with two such bursts the ring has room for the rest. */
    private static final int EVENTS_AT_ONCE = 128;

    /** What a CPU may tell between two looks, 100 ms apart. */
    private static final int RING_BYTES_PER_CPU = 128 * 1024;

    /** The best first: with the receiving socket (6.11) the namespace of every packet is known. */
    private static final List<String> PROGRAMS = List.of("jopil_drop_receiver", "jopil_drop");

    private final DropNames names = new DropNames();
    private JopilException refused;
    private BpfObject object;
    private BpfProgram program;
    private BpfLink link;
    /** Of the maps: they take all their room when they are made. */
    private long memoryBytes;

    private volatile DropEvents events;

    /** Packets and bytes of one place. */
    private record Sum(long packets, long bytes) {
        Sum plus(Sum other) {
            return new Sum(packets + other.packets, bytes + other.bytes);
        }
    }

    @Activate
    public DropTracer(@Reference BpfLoader loader, @Reference EventBus bus) {
        BpfException why = null;
        for (String name : PROGRAMS) {
            try {
                attach(loader, bus, name);
                LOG.info("drops: counted by {} on tp_btf/kfree_skb", name);
                return;
            } catch (BpfException e) {
                stop();
                why = e;
            }
        }
        refused = Tracing.refusal(
                why,
                "JOPIL-112",
                "Drops cannot be traced on this kernel",
                "Drops with their reasons are not counted; counters and flows are");
        LOG.warn("{} {}. {}", refused.code(), refused.title(), refused.detail());
    }

    private void attach(BpfLoader loader, EventBus bus, String name) {
        object = loader.open("drop.bpf.o");
        PROGRAMS.forEach(p -> object.autoload(p, p.equals(name)));
        object.constant("config", config());
        object.maxEntries("drop_events", RING_BYTES_PER_CPU * Integer.highestOneBit(2 * loader.possibleCpus() - 1));
        object.load();
        program = object.program(name);
        events = new DropEvents(object.map("drop_events"), object.map("drop_books"), bus.drops(), names);
        memoryBytes = object.memoryBytes();
        link = program.attachTracepoint();
    }

    private byte[] config() {
        ByteBuffer config = ByteBuffer.allocate(Layout.DROP_CONFIG_SIZE).order(ByteOrder.nativeOrder());
        Map<String, KernelNames.Extent> functions =
                KernelNames.extents(Set.of("nf_hook_slow", "udp_recvmsg", "udpv6_recvmsg"));
        put(config, Layout.DROP_CONFIG_HOOK_BEGIN_OFFSET, functions.get("nf_hook_slow"));
        put(config, Layout.DROP_CONFIG_READ4_BEGIN_OFFSET, functions.get("udp_recvmsg"));
        put(config, Layout.DROP_CONFIG_READ6_BEGIN_OFFSET, functions.get("udpv6_recvmsg"));
        return config.putInt(Layout.DROP_CONFIG_HOOK_REASON_OFFSET, names.number("NETFILTER_DROP"))
                .putInt(Layout.DROP_CONFIG_EVENTS_PER_JIFFY_OFFSET, EVENTS_PER_JIFFY)
                .putInt(Layout.DROP_CONFIG_EVENTS_AT_ONCE_OFFSET, EVENTS_AT_ONCE)
                .array();
    }

    private static void put(ByteBuffer config, int at, KernelNames.Extent function) {
        if (function != null) {
            config.putLong(at, function.begin()).putLong(at + Long.BYTES, function.end());
        }
    }

    private void require() {
        if (refused != null) {
            throw refused;
        }
        if (object == null) {
            throw Tracing.stopping();
        }
    }

    @Override
    public synchronized long missed() {
        require();
        return program.info().missedRuns();
    }

    @Override
    public synchronized void read(Visitor visitor) {
        require();
        Map<DropNames.Key, Sum> counts = new HashMap<>();
        BpfMap apart = object.map("drop_counts");
        apart.forEach((key, values) -> counts.put(DropNames.Key.of(key), sum(values)));
        if (counts.size() > apart.maxEntries() / 2) { // else none can have found no room
            readOverflow(counts);
        }
        names.prepare(counts.keySet());
        // an interface that was renamed, or two that were unknown, are one place to people
        Map<Place, Sum> places = new HashMap<>();
        counts.forEach((key, sum) -> places.merge(names.place(key), sum, Sum::plus));
        places.forEach((place, sum) -> visitor.place(place, sum.packets(), sum.bytes()));
    }

    private void readOverflow(Map<DropNames.Key, Sum> counts) {
        BpfMap overflow = object.map("drop_overflow");
        for (int reason = 0; reason < overflow.maxEntries(); reason++) {
            Sum sum = sum(overflow.lookup(reason).orElseThrow());
            if (sum.packets() > 0) {
                counts.merge(new DropNames.Key(0, reason, 0, 0, 0), sum, Sum::plus);
            }
        }
    }

    private static Sum sum(byte[] values) {
        ByteBuffer cpus = ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
        long packets = 0;
        long bytes = 0;
        for (int at = 0; at < values.length; at += Layout.DROP_COUNT_SIZE) {
            packets += cpus.getLong(at + Layout.DROP_COUNT_PACKETS_OFFSET);
            bytes += cpus.getLong(at + Layout.DROP_COUNT_BYTES_OFFSET);
        }
        return new Sum(packets, bytes);
    }

    @Override
    public List<HandOff> handOffs() {
        DropEvents reading = events;
        return reading == null ? List.of() : reading.handOffs();
    }

    @Override
    public synchronized List<Cost.Program> programs() {
        return link == null ? List.of() : List.of(Tracing.cost(program, Tracing.TRACEPOINT));
    }

    @Override
    public synchronized long kernelBytes() {
        return link == null ? 0 : memoryBytes;
    }

    /** Detaches and frees. */
    @Deactivate
    public synchronized void stop() {
        if (link != null) {
            link.close();
            link = null;
        }
        if (events != null) {
            events.stop();
            events = null;
        }
        if (object != null) {
            object.close();
            object = null;
        }
    }
}
