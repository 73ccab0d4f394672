// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jopil.stress.Pool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IL_Result;

/** Publish, refill and publish again, while a reader announces, looks again, reads and clears. */
@JCStressTest
@Outcome(id = "6, EXACT", expect = ACCEPTABLE, desc = "Every batch was read as it came")
@Outcome(id = "[024], EXACT", expect = ACCEPTABLE, desc = "Late or lapped: what is missing comes later or is counted")
@Outcome(id = ".*, TORN", expect = FORBIDDEN, desc = "A batch changed while it was read")
@Outcome(id = ".*, UNACCOUNTED", expect = FORBIDDEN, desc = "delivered is not processed + overrun")
@State
public class BatchRingStress {
    private static final Pool<Rows> POOL = new Pool<>(Rows::new, Rows[]::new);

    private final Rows rows = POOL.take();

    @Actor
    public void writer() {
        rows.publish();
        rows.publish();
        rows.publish();
    }

    @Actor
    public void reader(IL_Result r) {
        r.r1 = rows.reader.read() + rows.reader.read() + rows.reader.read();
    }

    @Arbiter
    public void rest(IL_Result r) {
        r.r2 = rows.reader.rest();
    }
}
