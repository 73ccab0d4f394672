// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.source.Ledger;
import org.jopil.bus.Columns;

/**
 * An analyzer's part in one stream: its place, its view of a batch, the call of it, a tick where there was nothing for a
 * second. On the analyzer's thread; the account by any.
 *
 * @param <C> the stream's kind of batch
 */
final class Subscription<C extends Columns> {
    /** A call of the analyzer. */
    @FunctionalInterface
    interface Call {
        void run() throws Exception;
    }

    /** What becomes of what the analyzer throws. */
    @FunctionalInterface
    interface Caller {
        /**
         * Calls the analyzer; throws nothing that it throws.
         *
         * @param problem what is told if it throws, as in "failed on a tick"
         * @return whether it may be called again
         */
        boolean call(String problem, Call call);
    }

    private static final long TICK_NS = 1_000_000_000L;

    private final String stream;
    private final String account;
    private final BatchRing<C> ring;
    private final Cursor<C> cursor;
    private final BatchView<C> view;
    private final Caller caller;
    private final Call delivery;
    private final String batchProblem;
    private long lastCallNs = System.nanoTime();

    Subscription(String stream, String account, BatchRing<C> ring, Cursor<C> cursor, BatchView<C> view, Caller caller) {
        this.stream = stream;
        this.account = account;
        this.ring = ring;
        this.cursor = cursor;
        this.view = view;
        this.caller = caller;
        delivery = view::deliver;
        batchProblem = "failed on a batch of " + stream;
    }

    String stream() {
        return stream;
    }

    /** Hands over so many batches at most; false if there are no more, or it may not be called again. */
    boolean read(int most) {
        for (int i = 0; i < most; i++) {
            C batch = cursor.next();
            if (batch == null) {
                return false;
            }
            view.open(batch, cursor.lost(), cursor.markedLost());
            boolean goesOn;
            try {
                goesOn = caller.call(batchProblem, delivery);
            } finally {
                view.close();
                cursor.done(batch);
            }
            lastCallNs = System.nanoTime();
            if (!goesOn) {
                return false;
            }
        }
        return true;
    }

    /** Hands over an empty batch if there was none for a second. */
    void tick(long nowNs) {
        if (nowNs - lastCallNs >= TICK_NS) {
            view.tick(cursor.nextRow());
            lastCallNs = nowNs;
            caller.call("failed on a tick", delivery);
        }
    }

    boolean isFarBehind() {
        return ring.published() - cursor.position() >= ring.size() / 4;
    }

    Cursor.Place place() {
        return cursor.place();
    }

    /** Leaves the stream. */
    void close() {
        cursor.close();
    }

    /** Any thread. */
    Ledger.Subscriber account() {
        return cursor.account(account);
    }
}
