// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/** Five wrong tokens a minute and address on the sign-in page. Bearer tokens are never held up by it. Any thread. */
final class LoginLimit {
    static final int ATTEMPTS = 5;
    static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int MOST_ADDRESSES = 10_000;

    private final Clock clock;
    private final Map<String, Deque<Instant>> failures = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<Instant>> eldest) {
            return size() > MOST_ADDRESSES;
        }
    };

    LoginLimit(Clock clock) {
        this.clock = clock;
    }

    /** How long to wait before the next attempt; zero if it may be made now. */
    synchronized Duration wait(String address) {
        Deque<Instant> recent = failures.get(address);
        if (recent == null) {
            return Duration.ZERO;
        }
        Instant now = clock.instant();
        recent.removeIf(failure -> !failure.plus(WINDOW).isAfter(now));
        return recent.size() < ATTEMPTS
                ? Duration.ZERO
                : Duration.between(now, recent.getFirst().plus(WINDOW));
    }

    synchronized void failed(String address) {
        failures.computeIfAbsent(address, a -> new ArrayDeque<>()).addLast(clock.instant());
    }
}
