// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.TestOptions;

/**
 * The maps that all attachments share: flow tables, acknowledgements, rings, settings; and the clock program. The regions
 * are read by whoever was given them, under that one's rules.
 */
final class KernelTables implements AutoCloseable {
    static final String OBJECT = "sensor.bpf.o";
    static final List<String> PROGRAMS =
            List.of("jopil_xdp", "jopil_xdp_mark", "jopil_ingress", "jopil_egress", "jopil_clock");
    static final List<String> SHARED =
            List.of("control", "ring_control", "flows4", "flows6", "acks4", "acks6", "rings");

    static final int BUCKET_SLOTS = Layout.ACK_BUCKET_ACK_LENGTH;

    private static final byte[] FRAME = new byte[64];

    final int cpus;
    final int buckets4;
    final int buckets6;
    final MappedRegion control;
    final MappedRegion ringControl;
    final MappedRegion flows4;
    final MappedRegion flows6;
    final MappedRegion acks4;
    final MappedRegion acks6;
    final List<BpfMap> rings = new ArrayList<>();

    private final BpfObject object;
    private final BpfProgram clock;
    private final List<MappedRegion> regions = new ArrayList<>();

    /**
     * Loads and maps.
     *
     * @throws org.jopil.bpf.BpfException if the kernel refuses
     */
    KernelTables(BpfLoader loader, SensorConfig config) {
        cpus = loader.possibleCpus();
        buckets4 = buckets(config.flow__capacity__ipv4(), cpus);
        buckets6 = buckets(config.flow__capacity__ipv6(), cpus);
        object = loader.open(OBJECT);
        try {
            PROGRAMS.forEach(name -> object.autoload(name, name.equals("jopil_clock")));
            object.maxEntries("counters", 2 * cpus)
                    .maxEntries("ring_control", cpus)
                    .maxEntries("flows4", cpus * buckets4)
                    .maxEntries("acks4", cpus * buckets4)
                    .maxEntries("flows6", cpus * buckets6)
                    .maxEntries("acks6", cpus * buckets6)
                    .maxEntries("rings", cpus);
            object.load();
            clock = object.program("jopil_clock");
            int ringBytes = Integer.highestOneBit(config.ring__kib()) * 1024;
            for (int cpu = 0; cpu < cpus; cpu++) {
                rings.add(object.map("rings").createRing(cpu, ringBytes));
            }
            control = map("control", true);
            ringControl = map("ring_control", true);
            flows4 = map("flows4", false);
            flows6 = map("flows6", false);
            acks4 = map("acks4", true);
            acks6 = map("acks6", true);
            control.putInt(Layout.CONTROL_WAKEUP_BYTES_OFFSET, wakeupBytes());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private MappedRegion map(String name, boolean writable) {
        MappedRegion region = object.map(name).map(writable);
        regions.add(region);
        return region;
    }

    /** Buckets of a CPU's region: a power of two. */
    static int buckets(int capacity, int cpus) {
        return Math.max(8, Integer.highestOneBit(Math.max(1, capacity / cpus / BUCKET_SLOTS)));
    }

    /** A reader that sleeps is woken when a ring is a quarter full. */
    int wakeupBytes() {
        return rings.get(0).maxEntries() / 4;
    }

    /** Slots of one CPU in the smaller of both tables. */
    int regionSlots() {
        return Math.min(buckets4, buckets6) * BUCKET_SLOTS;
    }

    /** Sets one event for {@code step} observations; 0 = none. */
    void sampleStep(int step) {
        control.putInt(Layout.CONTROL_SAMPLE_STEP_OFFSET, step);
    }

    /** Lets an object's programs work on these tables; before its load. */
    void share(BpfObject other, int attachment, boolean layer3, boolean frags) {
        SHARED.forEach(name -> other.reuse(name, object.map(name)));
        ByteBuffer config = ByteBuffer.allocate(Layout.ATTACHMENT_CONFIG_SIZE).order(ByteOrder.nativeOrder());
        config.putInt(Layout.ATTACHMENT_CONFIG_ATTACHMENT_OFFSET, attachment);
        config.putInt(Layout.ATTACHMENT_CONFIG_CPUS_OFFSET, cpus);
        config.putInt(Layout.ATTACHMENT_CONFIG_FLOW4_BUCKET_MASK_OFFSET, buckets4 - 1);
        config.putInt(Layout.ATTACHMENT_CONFIG_FLOW6_BUCKET_MASK_OFFSET, buckets6 - 1);
        config.put(Layout.ATTACHMENT_CONFIG_LAYER3_OFFSET, (byte) (layer3 ? 1 : 0));
        config.put(Layout.ATTACHMENT_CONFIG_FLOWS_OFFSET, (byte) 1);
        config.put(Layout.ATTACHMENT_CONFIG_FRAGS_OFFSET, (byte) (frags ? 1 : 0));
        boolean ordered = System.getProperty("os.arch").equals("amd64");
        config.put(Layout.ATTACHMENT_CONFIG_WEAK_MEMORY_OFFSET, (byte) (ordered ? 0 : 1));
        other.constant("config", config.array()).maxEntries("counters", 2 * cpus);
    }

    /** Waits until no run of a program that was going on is left. */
    void awaitGracePeriod() {
        object.map("rings").awaitGracePeriod(0, rings.get(0));
    }

    /** Both of the kernel's clocks at one moment, by a run of the clock program. */
    synchronized Clocks readClocks() {
        clock.testRun(FRAME, TestOptions.ONCE);
        return new Clocks(
                control.getLong(Layout.CONTROL_CLOCK_JIFFIES_OFFSET),
                control.getLong(Layout.CONTROL_CLOCK_MONO_NS_OFFSET));
    }

    /** {@code CLOCK_MONOTONIC} as the kernel's programs see it. */
    record Clocks(long jiffies, long monoNs) {}

    /** Kernel memory, bytes. */
    long memoryBytes() {
        long sum = 0;
        for (String name : SHARED) {
            sum += object.map(name).memoryBytes();
        }
        for (BpfMap ring : rings) {
            sum += ring.memoryBytes();
        }
        return sum;
    }

    /** Unmaps and closes; idempotent. Whoever reads the regions must have stopped. */
    @Override
    public void close() {
        regions.forEach(MappedRegion::close);
        rings.forEach(BpfMap::close);
        object.close();
    }
}
