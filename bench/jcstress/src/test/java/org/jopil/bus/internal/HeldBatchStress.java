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
import org.openjdk.jcstress.infra.results.LL_Result;

/** One subscriber holds a batch all the time: the writer takes a spare, and the other subscriber is not disturbed. */
@JCStressTest
@Outcome(id = "EXACT, EXACT", expect = ACCEPTABLE, desc = "Both read whole batches; what they missed is counted")
@Outcome(id = ".*TORN.*", expect = FORBIDDEN, desc = "A batch changed while it was held")
@Outcome(id = ".*UNACCOUNTED.*", expect = FORBIDDEN, desc = "delivered is not processed + overrun")
@State
public class HeldBatchStress {
    /** A stream with a second subscriber. */
    static final class Two {
        final Rows rows = new Rows();
        final Rows.Reader holder = rows.new Reader();
    }

    private static final Pool<Two> POOL = new Pool<>(Two::new, Two[]::new);

    private final Two two = POOL.take();

    public HeldBatchStress() {
        // a state that was made and never run has left it so
        if (!two.holder.holds()) {
            two.rows.publish();
            two.holder.hold();
        }
    }

    @Actor
    public void writer() {
        two.rows.publish();
        two.rows.publish();
        two.rows.publish();
    }

    @Actor
    public void reader() {
        two.rows.reader.read();
        two.rows.reader.read();
    }

    @Arbiter
    public void rest(LL_Result r) {
        two.holder.letGo();
        r.r1 = two.holder.rest();
        r.r2 = two.rows.reader.rest();
    }
}
