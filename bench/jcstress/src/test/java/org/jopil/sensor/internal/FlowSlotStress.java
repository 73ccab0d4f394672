// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jopil.stress.Pool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two flows take turns in a slot while the sensor's reader scans it: packets and bytes are right for each flow. */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Read after the writer was done; right")
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Read once while it was written; right")
@Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "Read twice while it was written; right")
@Outcome(id = ".*, [1-9]\\d*", expect = FORBIDDEN, desc = "A flow's packets or bytes are wrong")
@State
public class FlowSlotStress {
    private static final Pool<Slot> POOL = new Pool<>(Slot::new, Slot[]::new);

    private final Slot slot = POOL.take();

    @Actor
    public void kernel() {
        for (int i = 0; i < 4; i++) {
            slot.packet(i & 1, Slot.Writer.RIGHT);
        }
    }

    @Actor
    public void reader(II_Result r) {
        r.r1 = slot.table.scan(slot.visitor, slot.taken) + slot.table.scan(slot.visitor, slot.taken);
    }

    @Arbiter
    public void rest(II_Result r) {
        slot.table.scan(slot.visitor, slot.taken);
        r.r2 = slot.wrongFlows();
    }
}
