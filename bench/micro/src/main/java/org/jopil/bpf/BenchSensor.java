// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The product's kernel half with a ring per CPU and flow tables of a wished size; attached to nothing. Needs root. */
public final class BenchSensor implements AutoCloseable {
    private static final int LEAST_BUCKETS = 8;

    private final BpfObject object;
    private final List<BpfMap> rings = new ArrayList<>();
    private final List<MappedRegion> regions = new ArrayList<>();

    /**
     * Loads it.
     *
     * @param slots of the IPv4 flow table, a power of two
     * @param ringBytes of each CPU's ring
     */
    public BenchSensor(int slots, int ringBytes) {
        BpfLoader loader = new NativeBpfLoader();
        int cpus = loader.possibleCpus();
        int buckets = Math.max(LEAST_BUCKETS, slots / Layout.FLOW4_BUCKET_SLOT_LENGTH);
        ByteBuffer config = ByteBuffer.allocate(Layout.ATTACHMENT_CONFIG_SIZE).order(ByteOrder.nativeOrder());
        config.putInt(Layout.ATTACHMENT_CONFIG_CPUS_OFFSET, cpus);
        object = loader.open("sensor.bpf.o");
        try {
            object.constant("config", config.array())
                    .maxEntries("counters", cpus * Layout.DIRECTIONS)
                    .maxEntries("ring_control", cpus)
                    .maxEntries("rings", cpus)
                    .maxEntries("flows4", buckets)
                    .maxEntries("acks4", buckets)
                    .maxEntries("flows6", LEAST_BUCKETS)
                    .maxEntries("acks6", LEAST_BUCKETS)
                    .load();
            for (int cpu = 0; cpu < cpus; cpu++) {
                rings.add(object.map("rings").createRing(cpu, ringBytes));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    BpfProgram program(String name) {
        return object.program(name);
    }

    /** Index = CPU. */
    List<BpfMap> rings() {
        return rings;
    }

    /** Writable; closed with the sensor. */
    public MappedRegion region(String map) {
        MappedRegion region = object.map(map).map(true);
        regions.add(region);
        return region;
    }

    /** For the C loops. */
    public static long address(MappedRegion region) {
        return region.address();
    }

    @Override
    public void close() {
        regions.forEach(MappedRegion::close);
        rings.forEach(BpfMap::close);
        object.close();
    }
}
