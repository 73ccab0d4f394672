// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import java.util.List;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.NativeBpfLoader;

/** The sensor's object in the kernel for a moment, with the smallest maps: the probe that cannot be wrong. */
final class SensorLoad implements AutoCloseable {
    private static final List<String> PROGRAMS =
            List.of("jopil_xdp", "jopil_xdp_mark", "jopil_ingress", "jopil_egress");
    private static final List<String> MAPS =
            List.of("counters", "ring_control", "rings", "flows4", "acks4", "flows6", "acks6");

    private final BpfObject object;

    private SensorLoad(BpfObject object) {
        this.object = object;
    }

    /** Loads it; {@link BpfException} says what was refused. */
    static SensorLoad attempt(boolean frags) {
        BpfObject object = new NativeBpfLoader().open("sensor.bpf.o");
        try {
            MAPS.forEach(map -> object.maxEntries(map, 2));
            object.withFrags("jopil_xdp", frags);
            object.load();
            return new SensorLoad(object);
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    /** Instructions that the verifier walked, of all programs; 0 where the kernel does not tell. */
    long instructions() {
        return PROGRAMS.stream()
                .mapToLong(program -> object.program(program).info().verifiedInstructions())
                .sum();
    }

    @Override
    public void close() {
        object.close();
    }
}
