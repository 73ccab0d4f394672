// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.source.Ledger;
import org.jopil.bus.FlowColumns;

/** A stream of rows that say which they are, on a ring of one batch: each publication takes the batch before out of it. */
final class Rows {
    static final int OF_A_BATCH = 2;

    final BatchRing<FlowColumns> ring = new BatchRing<>(1, FlowColumns::new);
    final Reader reader = new Reader();
    private long written;

    void publish() {
        FlowColumns batch = ring.filling();
        for (int i = 0; i < OF_A_BATCH; i++) {
            batch.id[i] = written + i;
            batch.bytesFwd[i] = ~(written + i);
        }
        batch.size = OF_A_BATCH;
        ring.publish();
        written += OF_A_BATCH;
    }

    long written() {
        return written;
    }

    /** A subscriber that checks what it reads; the thread may change while it is at rest. */
    final class Reader {
        final Cursor<FlowColumns> cursor = new Cursor<>(ring, () -> {});
        private long seen;
        private long lost;
        private boolean torn;
        private FlowColumns held;

        /** Reads the next batch if there is one. Returns its rows. */
        int read() {
            if (!hold()) {
                return 0;
            }
            int rows = held.size;
            letGo();
            return rows;
        }

        /** Takes the next batch without giving it back. */
        boolean hold() {
            held = cursor.next();
            if (held != null) {
                lost += cursor.lost();
                check();
            }
            return held != null;
        }

        boolean holds() {
            return held != null;
        }

        void letGo() {
            check();
            seen += held.size;
            cursor.done(held);
            held = null;
        }

        private void check() {
            long first = seen + lost;
            boolean whole = held.firstSequence == first && held.size == OF_A_BATCH;
            for (int i = 0; i < OF_A_BATCH; i++) {
                whole &= held.id[i] == first + i && held.bytesFwd[i] == ~(first + i);
            }
            torn |= !whole;
        }

        /** Reads the rest, and forgets what went wrong. */
        Verdict rest() {
            while (read() > 0) {
                // to the end
            }
            Ledger.Subscriber account = cursor.account("stress");
            boolean balanced = account.difference() == 0
                    && account.processed() == seen
                    && account.overrun() == lost
                    && account.delivered() == written
                    && seen + lost == written;
            Verdict verdict = torn ? Verdict.TORN : balanced ? Verdict.EXACT : Verdict.UNACCOUNTED;
            torn = false;
            return verdict;
        }
    }

    enum Verdict {
        EXACT,
        TORN,
        UNACCOUNTED
    }
}
