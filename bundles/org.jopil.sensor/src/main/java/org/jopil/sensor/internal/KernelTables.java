// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jopil.api.source.MemoryPlan;
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
            List.of("jopil_xdp", "jopil_xdp_mark", "jopil_ingress", "jopil_egress", "jopil_clock", "jopil_empty");
    /** Those that are run by us, never attached. */
    private static final Set<String> OWN_PROGRAMS = Set.of("jopil_clock", "jopil_empty");

    static final List<String> SHARED =
            List.of("control", "ring_control", "flows4", "flows6", "acks4", "acks6", "rings", "payloads");

    /** Maps that every object has for itself. */
    static final List<String> OWN = List.of("counters", "non_ip", ".rodata");

    static final int BUCKET_SLOTS = Layout.ACK_BUCKET_ACK_LENGTH;

    private static final byte[] FRAME = new byte[64];
    /** 0.3 s of whole payloads at the default rate, 1.5 s of small ones; its reader looks ten times a second. */
    private static final int PAYLOAD_RING_BYTES = 1 << 20;

    private static final int EMPTY_RUNS = 100_000;

    final MemoryPlan plan;
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
    final BpfMap payloads;

    private final BpfObject object;
    private final BpfProgram clock;
    private final BpfProgram empty;
    private final List<MappedRegion> regions = new ArrayList<>();
    private final long memoryBytes;

    /**
     * Loads and maps.
     *
     * @throws org.jopil.bpf.BpfException if the kernel refuses
     * @throws org.jopil.api.JopilException if the memory budget is too small for this machine
     */
    KernelTables(BpfLoader loader, SensorConfig config) {
        plan = plan(config, loader.possibleCpus());
        cpus = plan.cpus();
        buckets4 = plan.ipv4Slots() / BUCKET_SLOTS;
        buckets6 = plan.ipv6Slots() / BUCKET_SLOTS;
        object = loader.open(OBJECT);
        try {
            PROGRAMS.forEach(name -> object.autoload(name, OWN_PROGRAMS.contains(name)));
            // nobody attaches this object: what counts belongs to the attachments' own
            object.maxEntries("counters", 1)
                    .maxEntries("non_ip", 1)
                    .maxEntries("ring_control", cpus)
                    .maxEntries("flows4", cpus * buckets4)
                    .maxEntries("acks4", cpus * buckets4)
                    .maxEntries("flows6", cpus * buckets6)
                    .maxEntries("acks6", cpus * buckets6)
                    .maxEntries("payloads", PAYLOAD_RING_BYTES)
                    .maxEntries("rings", cpus);
            object.load();
            payloads = object.map("payloads");
            clock = object.program("jopil_clock");
            empty = object.program("jopil_empty");
            for (int cpu = 0; cpu < cpus; cpu++) {
                rings.add(object.map("rings").createRing(cpu, plan.ringBytes()));
            }
            control = map("control", true);
            ringControl = map("ring_control", true);
            flows4 = map("flows4", false);
            flows6 = map("flows6", false);
            acks4 = map("acks4", true);
            acks6 = map("acks6", true);
            control.putInt(Layout.CONTROL_WAKEUP_BYTES_OFFSET, wakeupBytes());
            memoryBytes = measureMemory();
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

    /**
     * What the configuration comes to on a machine with so many possible CPUs.
     *
     * @throws org.jopil.api.JopilException if its memory budget is too small
     */
    static MemoryPlan plan(SensorConfig config, int cpus) {
        try {
            return MemoryPlan.of(config.memory__mib(), cpus)
                    .with(config.flow__capacity__ipv4(), config.flow__capacity__ipv6(), config.ring__kib());
        } catch (IllegalArgumentException e) {
            throw Problems.tooLittleMemory(config.memory__mib(), cpus, e);
        }
    }

    /** A reader that sleeps is woken when a ring is a quarter full. */
    int wakeupBytes() {
        return plan.ringBytes() / 4;
    }

    /** Slots of one CPU in the smaller of both tables. */
    int regionSlots() {
        return Math.min(buckets4, buckets6) * BUCKET_SLOTS;
    }

    /** Sets one event for {@code step} observations; 0 = none. */
    void sampleStep(int step) {
        control.putInt(Layout.CONTROL_SAMPLE_STEP_OFFSET, step);
    }

    /** Most payloads told in a jiffy by one CPU at one interface, and most that may be saved up; 0 = none. */
    void payloadRate(int perJiffy, int burst) {
        control.putInt(Layout.CONTROL_PAYLOAD_BURST_OFFSET, burst);
        control.putInt(Layout.CONTROL_PAYLOAD_RATE_OFFSET, perJiffy);
    }

    int payloadRate() {
        return control.getInt(Layout.CONTROL_PAYLOAD_RATE_OFFSET);
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

    /** What a run of an empty program shows while run times are measured, nanoseconds; 0 while they are not. */
    double emptyRunNs() {
        BpfProgram.Info before = empty.info();
        empty.testRun(FRAME, TestOptions.repeat(EMPTY_RUNS));
        BpfProgram.Info after = empty.info();
        long runs = after.runs() - before.runs();
        return runs == 0 ? 0 : (double) (after.runTimeNs() - before.runTimeNs()) / runs;
    }

    /** {@code CLOCK_MONOTONIC} as the kernel's programs see it. */
    record Clocks(long jiffies, long monoNs) {}

    /** Kernel memory, bytes: none of these maps grows. */
    long memoryBytes() {
        return memoryBytes;
    }

    private long measureMemory() {
        return memoryBytes(object, SHARED)
                + memoryBytes(object, OWN)
                + rings.stream().mapToLong(BpfMap::memoryBytes).sum();
    }

    /** Kernel memory of some of an object's maps, bytes. */
    static long memoryBytes(BpfObject of, List<String> maps) {
        return maps.stream().mapToLong(name -> of.map(name).memoryBytes()).sum();
    }

    /** Unmaps and closes; idempotent. Whoever reads the regions must have stopped. */
    @Override
    public void close() {
        regions.forEach(MappedRegion::close);
        rings.forEach(BpfMap::close);
        object.close();
    }
}
