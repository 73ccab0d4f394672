// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

/** Five errors within 60 s are too many. One thread. */
final class ErrorBudget {
    static final int ERRORS = 5;
    static final long WINDOW_NS = 60_000_000_000L;

    private final long[] times = new long[ERRORS];
    private int count;

    /** Books an error; true if it was one too many. */
    boolean spend(long nowNs) {
        times[count++ % ERRORS] = nowNs;
        return count >= ERRORS && nowNs - times[count % ERRORS] <= WINDOW_NS;
    }
}
