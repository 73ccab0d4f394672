// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jopil.api.source.Ledger;
import org.jopil.stress.Pool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;

/** The ledger reads a subscriber's account while batches are published, missed and read. */
@JCStressTest
@Outcome(id = "[0-8], 0", expect = ACCEPTABLE, desc = "Balanced at every moment")
@Outcome(id = ".*, -?[1-9]\\d*", expect = FORBIDDEN, desc = "An account of no moment")
@State
public class AccountStress {
    private static final Pool<Rows> POOL = new Pool<>(Rows::new, Rows[]::new);

    private final Rows rows = POOL.take();
    private final long before;

    public AccountStress() {
        rows.reader.rest();
        before = rows.written();
    }

    @Actor
    public void stream() {
        rows.publish();
        rows.reader.read();
        rows.publish();
        rows.publish();
        rows.reader.read();
        rows.publish();
    }

    @Actor
    public void ledger(IJ_Result r) {
        Ledger.Subscriber account = rows.reader.cursor.account("stress");
        r.r1 = (int) (account.delivered() - before);
        r.r2 = account.difference();
    }
}
