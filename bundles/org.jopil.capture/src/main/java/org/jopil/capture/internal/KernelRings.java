// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.RingReader;

/** The rings of a capture, one a CPU, which all of its interfaces share. One thread at a time. */
final class KernelRings implements AutoCloseable {
    /** Holds two frames of the largest size, with their headers. */
    static final int LEAST_BYTES = 1 << 20;

    static final int MOST_BYTES = 16 << 20;

    private static final List<String> PROGRAMS =
            List.of("jopil_capture_frame", "jopil_capture_ingress", "jopil_capture_egress");

    private final BpfObject object;
    private final List<BpfMap> rings = new ArrayList<>();
    private final int ringBytes;
    private MappedRegion control;

    /**
     * Makes them.
     *
     * @param memoryBytes for all of them together, as far as it goes
     * @throws org.jopil.bpf.BpfException if the kernel refuses
     */
    KernelRings(BpfLoader loader, long memoryBytes) {
        int cpus = loader.possibleCpus();
        ringBytes = (int) Math.max(LEAST_BYTES, Math.min(MOST_BYTES, Long.highestOneBit(memoryBytes / cpus)));
        object = loader.open(CaptureHook.OBJECT);
        try {
            PROGRAMS.forEach(program -> object.autoload(program, false));
            object.maxEntries("rings", cpus).maxEntries("ring_control", cpus);
            object.load();
            for (int cpu = 0; cpu < cpus; cpu++) {
                rings.add(object.map("rings").createRing(cpu, ringBytes));
            }
            control = object.map("ring_control").map(true);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    int cpus() {
        return rings.size();
    }

    /** A reader that sleeps is woken when a ring is an eighth full. */
    int wakeupBytes() {
        return ringBytes / 8;
    }

    /** Lets an object's programs write to these rings; before its load. */
    void share(BpfObject other) {
        other.reuse("rings", object.map("rings")).reuse("ring_control", object.map("ring_control"));
    }

    RingReader reader() {
        return new RingReader(rings, control, wakeupBytes());
    }

    /** Waits until no run of a program that was going on is left. */
    void awaitGracePeriod() {
        object.map("rings").awaitGracePeriod(0, rings.get(0));
    }

    /** Its reader must have been closed. */
    @Override
    public void close() {
        if (control != null) {
            control.close();
        }
        rings.forEach(BpfMap::close);
        object.close();
    }
}
