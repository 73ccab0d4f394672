// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import org.jopil.bpf.Layout;
import org.jopil.stress.Pool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** {@link FlowSlotStress} with one step of the protocol done wrong: it must see wrong flows, or it proves nothing. */
public class FaultyFlowSlotStress {
    private static final Pool<Slot> POOL = new Pool<>(Slot::new, Slot[]::new);

    private FaultyFlowSlotStress() {}

    /** The outcomes of all. */
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "It went well this time")
    @Outcome(id = "[1-9]\\d*", expect = ACCEPTABLE_INTERESTING, desc = "Caught: a flow's packets or bytes are wrong")
    public static class Caught {}

    /** A slot with either reader. */
    @State
    public static class Used {
        private final Slot slot = POOL.take();
        private long packets = slot.slot.getLong(Layout.FLOW4_SLOT_PACKETS_OFFSET);
        private long bytes = slot.slot.getLong(Layout.FLOW4_SLOT_BYTES_OFFSET);

        void write(Slot.Writer writer) {
            for (int i = 0; i < 4; i++) {
                slot.packet(i & 1, writer);
            }
        }

        void scan() {
            slot.table.scan(slot.visitor, slot.taken);
        }

        /** Reads the key before the count. */
        void scanKeyFirst() {
            long src = slot.slot.getIntAcquire(Layout.FLOW4_KEY_SRC_OFFSET) & 0xFFFF_FFFFL;
            long dst = slot.slot.getIntAcquire(Layout.FLOW4_KEY_DST_OFFSET) & 0xFFFF_FFFFL;
            int srcPort = slot.slot.getUnsignedShort(Layout.FLOW4_KEY_SPORT_OFFSET);
            int vlan = slot.slot.getUnsignedShort(Layout.FLOW4_KEY_VLAN_OFFSET);
            long now = slot.slot.getLongAcquire(Layout.FLOW4_SLOT_PACKETS_OFFSET);
            if (now == packets) {
                return;
            }
            long nowBytes = slot.slot.getLong(Layout.FLOW4_SLOT_BYTES_OFFSET);
            slot.take(src, dst, srcPort, vlan, now - packets, nowBytes - bytes);
            packets = now;
            bytes = nowBytes;
            slot.ack.putLongRelease(0, now);
        }
    }

    @JCStressTest
    @JCStressMeta(Caught.class)
    public static class CountBeforeBytes {
        @Actor
        public void kernel(Used s) {
            s.write(Slot.Writer.COUNT_BEFORE_BYTES);
        }

        @Actor
        public void reader(Used s) {
            s.scan();
            s.scan();
        }

        @Arbiter
        public void rest(Used s, I_Result r) {
            s.scan();
            r.r1 = s.slot.wrongFlows();
        }
    }

    @JCStressTest
    @JCStressMeta(Caught.class)
    public static class KeyAfterCount {
        @Actor
        public void kernel(Used s) {
            s.write(Slot.Writer.KEY_AFTER_COUNT);
        }

        @Actor
        public void reader(Used s) {
            s.scan();
            s.scan();
        }

        @Arbiter
        public void rest(Used s, I_Result r) {
            s.scan();
            r.r1 = s.slot.wrongFlows();
        }
    }

    @JCStressTest
    @JCStressMeta(Caught.class)
    public static class WithoutAcknowledgement {
        @Actor
        public void kernel(Used s) {
            s.write(Slot.Writer.WITHOUT_ACKNOWLEDGEMENT);
        }

        @Actor
        public void reader(Used s) {
            s.scan();
            s.scan();
        }

        @Arbiter
        public void rest(Used s, I_Result r) {
            s.scan();
            r.r1 = s.slot.wrongFlows();
        }
    }

    @JCStressTest
    @JCStressMeta(Caught.class)
    public static class KeyReadFirst {
        @Actor
        public void kernel(Used s) {
            s.write(Slot.Writer.RIGHT);
        }

        @Actor
        public void reader(Used s) {
            s.scanKeyFirst();
            s.scanKeyFirst();
        }

        @Arbiter
        public void rest(Used s, I_Result r) {
            s.scanKeyFirst();
            r.r1 = s.slot.wrongFlows();
        }
    }
}
