// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.concurrent.TimeUnit;
import org.jopil.analyzer.flow.internal.FlowMerge;
import org.jopil.api.source.FlowSource;
import org.jopil.bench.CpuTime;
import org.jopil.bench.Loops;
import org.jopil.bpf.BenchSensor;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the second's scan of the flow table costs: 1,048,576 IPv4 slots, 500,000 of them in use, in the maps of the
 * product's kernel half. Its program is played by this process, which counts a packet of every flow between two
 * operations. One operation = one scan of the whole table.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class FlowTableBenchmark {
    private static final int SLOTS = 1 << 20;
    private static final int FLOWS = 500_000;
    private static final long JIFFY_NS = 4_000_000;
    private static final long JIFFIES_OF_A_SECOND = 1_000_000_000 / JIFFY_NS;
    private static final long START_JIFFIES = 1 << 20;
    /** Flows of the analyzer come in so many scans: what lies side by side in one table does not in the other. */
    private static final int ARRIVALS = 64;

    /** The table, and what the reader keeps of it. */
    @State(Scope.Benchmark)
    public static class Table {
        BenchSensor sensor;
        MappedRegion slots;
        FlowTable table;
        Memory last;
        long sum;
        long jiffies = START_JIFFIES;
        final FlowSource.Visitor adding = change -> sum += change.packets() + change.srcLo() + change.dstPort();
        final FlowTable.Taken nobody = (interfaceId, direction, protocol, packets, bytes) -> {};

        @Setup
        public void open() {
            sensor = new BenchSensor(SLOTS, 1 << 16);
            slots = sensor.region("flows4");
            table = FlowTable.ipv4(slots, sensor.region("acks4"), SLOTS, jiffy -> jiffy * JIFFY_NS);
            for (int flow = 0; flow < FLOWS; flow++) {
                long at = slot(flow);
                slots.putInt(at + Layout.FLOW4_KEY_SRC_OFFSET, Integer.reverseBytes(0x0a00_0000 + flow));
                slots.putInt(at + Layout.FLOW4_KEY_DST_OFFSET, Integer.reverseBytes(0x0a80_0001));
                slots.putInt(at + Layout.FLOW4_KEY_SPORT_OFFSET, 0x3500_0004);
                slots.putInt(at + Layout.FLOW4_KEY_PROTOCOL_OFFSET, 17 | 1 << 16);
                slots.putLong(at + Layout.FLOW4_SLOT_FIRST_JIFFIES_OFFSET, START_JIFFIES);
            }
            packets(0, 1);
            table.scan(adding, nobody);
            last = new Memory((long) SLOTS * Long.BYTES);
            for (int slot = 0; slot < SLOTS; slot++) {
                long packets = slots.getLong((long) slot * Layout.FLOW4_SLOT_SIZE + Layout.FLOW4_SLOT_PACKETS_OFFSET);
                last.setLong((long) slot * Long.BYTES, packets);
            }
        }

        /** Of every pair of slots one is in use, as good as all pairs. */
        private static long slot(int flow) {
            return 2L * flow * Layout.FLOW4_SLOT_SIZE;
        }

        /** A packet of every flow of a part. */
        final void packets(int part, int parts) {
            for (int flow = 0; flow < FLOWS; flow++) {
                if (Integer.remainderUnsigned(flow * 0x9e37_79b1 >>> 8, parts) == part) {
                    long at = slot(flow);
                    slots.putLong(at + Layout.FLOW4_SLOT_LAST_JIFFIES_OFFSET, jiffies);
                    long bytes = slots.getLong(at + Layout.FLOW4_SLOT_BYTES_OFFSET);
                    slots.putLong(at + Layout.FLOW4_SLOT_BYTES_OFFSET, bytes + 60);
                    long packets = slots.getLong(at + Layout.FLOW4_SLOT_PACKETS_OFFSET);
                    slots.putLongRelease(at + Layout.FLOW4_SLOT_PACKETS_OFFSET, packets + 1);
                }
            }
        }

        /** A second later, a packet of every flow. */
        void change() {
            jiffies += JIFFIES_OF_A_SECOND;
            packets(0, 1);
        }

        @TearDown
        public void close() {
            sensor.close();
        }
    }

    @Benchmark
    public int scanUnchanged(Table t) {
        CpuTime.begin();
        int changed = t.table.scan(t.adding, t.nobody);
        CpuTime.end(1);
        return complete(changed, 0);
    }

    @Benchmark
    public int scanUnchangedC(Table t) {
        CpuTime.begin();
        long changed = Loops.jopil_scan_slots(
                BenchSensor.address(t.slots),
                SLOTS,
                Layout.FLOW4_SLOT_SIZE,
                Layout.FLOW4_SLOT_PACKETS_OFFSET,
                Pointer.nativeValue(t.last));
        CpuTime.end(1);
        return complete((int) changed, 0);
    }

    /** All flows change between two operations. */
    @State(Scope.Benchmark)
    public static class Changing {
        @Setup(Level.Invocation)
        public void packets(Table t) {
            t.change();
        }
    }

    /** Changes are added up and acknowledged: what the table itself costs. */
    @Benchmark
    public int drainAdded(Table t, Changing packets) {
        CpuTime.begin();
        int changed = t.table.scan(t.adding, t.nobody);
        CpuTime.end(1);
        return complete(changed, FLOWS);
    }

    /** The flow analyzer's table, which knows all flows. */
    @State(Scope.Benchmark)
    public static class Analyzer {
        FlowMerge flows;
        FlowSource.Visitor visitor;

        @Setup
        public void arrive(Table t) {
            flows = new FlowMerge(FLOWS);
            visitor = flows.visitor();
            for (int part = 0; part < ARRIVALS; part++) {
                t.packets(part, ARRIVALS);
                flows.begin(START_JIFFIES * JIFFY_NS);
                t.table.scan(visitor, t.nobody);
            }
            flows.end();
            complete(flows.live(), FLOWS);
        }
    }

    /** Changes are merged into the flow analyzer's table and acknowledged: the full drain. */
    @Benchmark
    public int drainMerged(Table t, Analyzer analyzer, Merging merging) {
        CpuTime.begin();
        int changed = t.table.scan(analyzer.visitor, t.nobody);
        CpuTime.end(1);
        return complete(changed, FLOWS);
    }

    /** What belongs to the analyzer's scan before and after the drain. */
    @State(Scope.Benchmark)
    public static class Merging {
        @Setup(Level.Invocation)
        public void packets(Table t, Analyzer analyzer) {
            t.change();
            analyzer.flows.begin(t.jiffies * JIFFY_NS);
        }

        @TearDown(Level.Invocation)
        public void rows(Analyzer analyzer) {
            analyzer.flows.end();
        }
    }

    /** All of the analyzer's second: the full drain, a row for every flow to the bus, a look at who has ended. */
    @Benchmark
    public int analyze(Table t, Analyzer analyzer, Changing packets) {
        CpuTime.begin();
        analyzer.flows.begin(t.jiffies * JIFFY_NS);
        int changed = t.table.scan(analyzer.visitor, t.nobody);
        analyzer.flows.end();
        CpuTime.end(1);
        return complete(changed, FLOWS);
    }

    private static int complete(int changed, int expected) {
        if (changed != expected) {
            throw new IllegalStateException(changed + " changes, " + expected + " expected");
        }
        return changed;
    }
}
