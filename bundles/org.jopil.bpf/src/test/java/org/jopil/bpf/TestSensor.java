// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The product's kernel half, small, with a ring per CPU. */
final class TestSensor implements AutoCloseable {
    static final int BUCKETS = 64;
    static final int ATTACHMENT = 7;

    final BpfLoader loader = new NativeBpfLoader();
    final int cpus = loader.possibleCpus();
    final BpfObject object;
    final List<BpfMap> rings = new ArrayList<>();
    final List<AutoCloseable> regions = new ArrayList<>();

    TestSensor(int ringBytes) {
        ByteBuffer config = ByteBuffer.allocate(Layout.ATTACHMENT_CONFIG_SIZE).order(ByteOrder.nativeOrder());
        config.putInt(Layout.ATTACHMENT_CONFIG_ATTACHMENT_OFFSET, ATTACHMENT);
        config.putInt(Layout.ATTACHMENT_CONFIG_CPUS_OFFSET, cpus);
        config.putInt(Layout.ATTACHMENT_CONFIG_FLOW4_BUCKET_MASK_OFFSET, BUCKETS - 1);
        config.putInt(Layout.ATTACHMENT_CONFIG_FLOW6_BUCKET_MASK_OFFSET, BUCKETS - 1);
        config.put(Layout.ATTACHMENT_CONFIG_FLOWS_OFFSET, (byte) 1);
        config.put(Layout.ATTACHMENT_CONFIG_FRAGS_OFFSET, (byte) 1);
        object = loader.open("sensor.bpf.o");
        try {
            object.constant("config", config.array());
            object.maxEntries("counters", cpus * Layout.DIRECTIONS);
            object.maxEntries("ring_control", cpus);
            object.maxEntries("rings", cpus);
            for (String map : List.of("flows4", "acks4", "flows6", "acks6")) {
                object.maxEntries(map, cpus * BUCKETS);
            }
            object.load();
            for (int cpu = 0; cpu < cpus; cpu++) {
                rings.add(object.map("rings").createRing(cpu, ringBytes));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    MappedRegion region(String map, boolean writable) {
        MappedRegion region = object.map(map).map(writable);
        regions.add(region);
        return region;
    }

    void sampleEvery(int step) {
        region("control", true).putInt(Layout.CONTROL_SAMPLE_STEP_OFFSET, step);
    }

    /** Sum over CPUs of a field of ingress counters. */
    static long counter(MappedRegion counters, int cpus, long offset) {
        long sum = 0;
        for (int cpu = 0; cpu < cpus; cpu++) {
            sum += counters.getLongAcquire((long) cpu * Layout.COUNTERS_SIZE + offset);
        }
        return sum;
    }

    /** Ethernet, IPv4, UDP from 10.0.0.1:1000+n to 10.0.0.2:53, 4 bytes of payload. */
    static byte[] udpFrame(int n) {
        ByteBuffer frame = ByteBuffer.allocate(46);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
        frame.put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) 32)
                .putInt(0)
                .put((byte) 64)
                .put((byte) 17);
        frame.putShort((short) 0).putInt(0x0a000001).putInt(0x0a000002);
        frame.putShort((short) (1000 + n))
                .putShort((short) 53)
                .putShort((short) 12)
                .putShort((short) 0);
        return frame.array();
    }

    @Override
    public void close() {
        try {
            for (AutoCloseable region : regions) {
                region.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        rings.forEach(BpfMap::close);
        object.close();
    }
}
