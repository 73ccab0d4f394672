// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jopil.api.event.Stage;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.LatencySource.Histogram;
import org.jopil.api.source.LatencySource.Key;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;

/**
 * The kernel's map {@code latency}: per key and CPU a histogram. Where it fills up, keys of ended processes and such as
 * nothing was counted under for long are taken out. One thread at a time.
 */
final class LatencyHistograms implements AutoCloseable {
    private static final long IDLE_NS = TimeUnit.MINUTES.toNanos(10);

    private final BpfMap latency;
    private final BpfMap overflow;
    private final MappedRegion control;
    private final InterfaceNames interfaces = new InterfaceNames();
    private final ProcessNames processes = new ProcessNames();
    private final Map<ByteBuffer, Known> known = new HashMap<>();
    private final List<Known> overflows = new ArrayList<>();
    private final int[] buckets = new int[LatencySource.BUCKETS];
    private int nextId;

    /** A histogram that was seen, and as what. Names stay as they were: its counts are of then. */
    private static final class Known {
        final int id;
        final Key key;
        long count;
        long changedNs = System.nanoTime();

        Known(int id, Key key) {
            this.id = id;
            this.key = key;
        }
    }

    LatencyHistograms(BpfObject object) {
        latency = object.map("latency");
        overflow = object.map("latency_overflow");
        for (Stage stage : Stage.values()) {
            overflows.add(new Known(nextId++, new Key(stage, "", "", 0, "", 0, 0)));
        }
        control = object.map("journey_control").map(true);
    }

    void read(boolean overflowed, Consumer<Histogram> visitor) {
        long window = control.getLong(Layout.JOURNEY_CONTROL_WINDOW_OFFSET);
        control.putLongRelease(Layout.JOURNEY_CONTROL_WINDOW_OFFSET, window + 1);
        if (known.size() > latency.maxEntries() * 3 / 4) {
            makeRoom(window, visitor);
        }
        latency.forEach((key, values) -> {
            Known as = known.computeIfAbsent(ByteBuffer.wrap(key), this::name);
            visitor.accept(histogram(as, values, window));
        });
        for (int stage = 0; overflowed && stage < overflows.size(); stage++) {
            visitor.accept(
                    histogram(overflows.get(stage), overflow.lookup(stage).orElseThrow(), window));
        }
    }

    private void makeRoom(long window, Consumer<Histogram> visitor) {
        long now = System.nanoTime();
        known.entrySet().removeIf(entry -> {
            Known as = entry.getValue();
            if (now - as.changedNs < IDLE_NS && !processes.hasEnded(as.key.pid())) {
                return false;
            }
            latency.take(entry.getKey().array()).ifPresent(values -> visitor.accept(histogram(as, values, window)));
            return true;
        });
    }

    private Known name(ByteBuffer bytes) {
        ByteBuffer key = bytes.duplicate().order(ByteOrder.nativeOrder());
        int netns = key.getInt(Layout.LATENCY_KEY_NETNS_OFFSET);
        int ifindex = key.getInt(Layout.LATENCY_KEY_IFINDEX_OFFSET);
        int pid = key.getInt(Layout.LATENCY_KEY_TGID_OFFSET);
        interfaces.prepare(netns, ifindex);
        return new Known(
                nextId++,
                new Key(
                        Stage.values()[key.get(Layout.LATENCY_KEY_STAGE_OFFSET)],
                        interfaces.name(netns, ifindex),
                        interfaces.namespace(netns),
                        pid,
                        processes.of(pid),
                        Short.toUnsignedInt(key.getShort(Layout.LATENCY_KEY_PORT_OFFSET)),
                        Byte.toUnsignedInt(key.get(Layout.LATENCY_KEY_PROTOCOL_OFFSET))));
    }

    /** Sums the CPUs. */
    private Histogram histogram(Known as, byte[] values, long window) {
        ByteBuffer cpus = ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
        long count = 0;
        long sumNs = 0;
        long maxNs = 0;
        long recentMaxNs = 0;
        Arrays.fill(buckets, 0);
        for (int cpu = 0; cpu < values.length; cpu += Layout.HISTOGRAM_SIZE) {
            long counted = cpus.getLong(cpu + Layout.HISTOGRAM_COUNT_OFFSET);
            if (counted == 0) {
                continue;
            }
            count += counted;
            sumNs += cpus.getLong(cpu + Layout.HISTOGRAM_SUM_NS_OFFSET);
            maxNs = Math.max(maxNs, cpus.getLong(cpu + Layout.HISTOGRAM_MAX_NS_OFFSET));
            recentMaxNs = Math.max(recentMaxNs, windowMaxNs(cpus, cpu, window));
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] += cpus.getInt(cpu + Layout.HISTOGRAM_BUCKET_OFFSET + i * Integer.BYTES);
            }
        }
        if (count != as.count) {
            as.count = count;
            as.changedNs = System.nanoTime();
        }
        return new Histogram(as.id, as.key, count, sumNs, maxNs, recentMaxNs, buckets);
    }

    private static long windowMaxNs(ByteBuffer cpus, int cpu, long window) {
        int at = cpu
                + Layout.HISTOGRAM_WINDOW_OFFSET
                + (int) (window % Layout.HISTOGRAM_WINDOW_LENGTH) * Layout.HISTOGRAM_WINDOW_SIZE;
        return cpus.getLong(at + Layout.HISTOGRAM_WINDOW_NUMBER_OFFSET) == window
                ? cpus.getLong(at + Layout.HISTOGRAM_WINDOW_MAX_NS_OFFSET)
                : 0;
    }

    /** Unmaps what is written to. */
    @Override
    public void close() {
        control.close();
    }
}
