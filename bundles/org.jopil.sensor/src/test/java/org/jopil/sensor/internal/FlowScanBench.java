// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.jopil.api.source.FlowSource;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.TestOptions;

/**
 * What a scan of the flow table costs: {@code main [slots] [flows]}. Flows are made by test runs of the sensor, so no
 * interface is touched.
 */
final class FlowScanBench {
    private static final int ROUNDS = 9;

    private FlowScanBench() {}

    public static void main(String[] arguments) {
        int slots = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1 << 20;
        int flows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100_000;
        NativeBpfLoader loader = new NativeBpfLoader();
        KernelCounters counters = new KernelCounters();
        FlowDrain drain = new FlowDrain(counters, id -> "bench");
        SensorConfig config = Configs.of(Map.of("flow_capacity_ipv4", slots, "flow_capacity_ipv6", 1024));
        try (KernelTables tables = new KernelTables(loader, config);
                BpfObject object = loader.open(KernelTables.OBJECT)) {
            KernelTables.PROGRAMS.forEach(name -> object.autoload(name, name.equals("jopil_xdp")));
            tables.share(object, 1, false, true);
            object.load();
            BpfProgram program = object.program("jopil_xdp");
            counters.start(
                    1,
                    tables.cpus,
                    object.map("counters").map(false),
                    object.map("counters").stride(),
                    object.map("non_ip"));
            drain.open(tables, new KernelClock(tables));
            try (FlowSource.Claim claim = drain.claim()) {
                measure(claim, program, slots, flows);
            }
            drain.close(1000, () -> {});
        }
    }

    private static void measure(FlowSource.Claim claim, BpfProgram program, int slots, int flows) {
        long[] sum = new long[1];
        FlowSource.Visitor visitor = change -> sum[0] += change.packets() + change.srcLo() + change.dstPort();
        long[] full = new long[ROUNDS];
        long[] empty = new long[ROUNDS];
        int changed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (int flow = 0; flow < flows; flow++) {
                program.testRun(frame(flow), TestOptions.ONCE);
            }
            long begin = System.nanoTime();
            changed = claim.scan(visitor);
            full[round] = System.nanoTime() - begin;
            begin = System.nanoTime();
            claim.scan(visitor);
            empty[round] = System.nanoTime() - begin;
        }
        Arrays.sort(full);
        Arrays.sort(empty);
        System.out.printf(
                "%d slots: nothing changed %.2f ms, %d flows changed %.2f ms (medians of %d; sum %d)%n",
                slots, empty[ROUNDS / 2] / 1e6, changed, full[ROUNDS / 2] / 1e6, ROUNDS, sum[0]);
    }

    private static byte[] frame(int flow) {
        ByteBuffer frame = ByteBuffer.allocate(60);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
        frame.put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) 46)
                .putInt(0)
                .put((byte) 64)
                .put((byte) 17);
        frame.putShort((short) 0).putInt(0x0a000000 + flow).putInt(0x0a800001);
        frame.putShort((short) 1000).putShort((short) 53).putShort((short) 26);
        return frame.array();
    }
}
