// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jopil.api.JopilException;
import org.jopil.web.Caller;
import org.jopil.web.Shape;
import org.jopil.web.render.Json;
import org.jopil.web.render.Problem;

/** One connection: what it wants, what it has had. Any thread, except where it says so. */
final class Client {
    /** Half a tick of tolerance, so that one update a second does not become one every two. */
    private static final long TOLERANCE_NS = 100_000_000L;

    private final Wire wire;
    private final Outbox outbox;
    private final Caller caller;
    private final Set<Topic> refused = EnumSet.noneOf(Topic.class);
    private volatile Subscription subscription = Subscription.FIRST;

    // of the packets' thread alone
    private Subscription tailOf;
    private long lastPacket;
    private double allowance;
    private long allowanceNs;
    private long skipped;

    private volatile long skippedPackets;

    // of the statistics' and the flows' thread, each its own
    private long statsNs = Long.MIN_VALUE / 2;
    private long flowsNs = Long.MIN_VALUE / 2;

    // under the lock of RowNews
    private final Map<Topic, RowNews.Had> had = new EnumMap<>(Topic.class);

    Client(Wire wire, Caller caller) {
        this.wire = wire;
        this.caller = caller;
        this.outbox = new Outbox(wire);
    }

    Wire wire() {
        return wire;
    }

    Outbox outbox() {
        return outbox;
    }

    Caller caller() {
        return caller;
    }

    Subscription subscription() {
        return subscription;
    }

    void subscribe(Subscription wanted) {
        synchronized (refused) {
            refused.clear();
            subscription = wanted;
        }
    }

    boolean wants(Topic topic) {
        synchronized (refused) {
            return subscription.wants(topic) && !refused.contains(topic);
        }
    }

    void error(JopilException e) {
        outbox.answer(message("error", Problem.of(e).members()));
    }

    /** A topic that this subscription cannot have, because its filter does not fit: told once. */
    void refuse(Topic topic, Subscription asked, JopilException e) {
        synchronized (refused) {
            if (subscription != asked || !refused.add(topic)) {
                return;
            }
        }
        error(e);
    }

    boolean statsDue(long nowNs) {
        if (!wants(Topic.STATS) || nowNs - statsNs < pauseNs()) {
            return false;
        }
        statsNs = nowNs;
        return true;
    }

    boolean flowsDue(long nowNs) {
        if (!wants(Topic.FLOWS) || nowNs - flowsNs < pauseNs()) {
            return false;
        }
        flowsNs = nowNs;
        return true;
    }

    /** What it has had of a topic for this subscription; made by {@link RowNews} and touched by it alone. */
    RowNews.Had had(Topic topic, Subscription wanted) {
        RowNews.Had last = had.get(topic);
        if (last == null || last.subscription() != wanted) {
            last = new RowNews.Had(wanted);
            had.put(topic, last);
        }
        return last;
    }

    long pauseNs() {
        double rate = subscription.rate();
        return rate >= 1 ? 0 : (long) (1e9 / rate) - TOLERANCE_NS;
    }

    /** Whether the tail has begun for this subscription; the packets' thread only. */
    boolean isTailing(Subscription wanted) {
        return tailOf == wanted;
    }

    /** The packets' thread only. */
    void beginTail(Subscription wanted, long head, long nowNs) {
        tailOf = wanted;
        lastPacket = head;
        allowance = Math.max(1, wanted.rate());
        allowanceNs = nowNs;
        skipped = 0;
    }

    /** The packets' thread only. */
    long lastPacket() {
        return lastPacket;
    }

    /** How many packets may be sent now; the packets' thread only. */
    int allowance(long nowNs) {
        double rate = subscription.rate();
        allowance = Math.min(Math.max(1, rate), allowance + rate * (nowNs - allowanceNs) / 1e9);
        allowanceNs = nowNs;
        return (int) allowance;
    }

    /** Accounts for {@code matching} new packets of which {@code sent} go out now; returns what was skipped before. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    long account(long head, long matching, int sent) {
        skippedPackets += matching - sent;
        lastPacket = head;
        allowance -= sent;
        skipped += matching - sent;
        if (sent == 0) {
            return 0;
        }
        long told = skipped;
        skipped = 0;
        return told;
    }

    /** Packets that it did not get because of the rate that it asked for. */
    long skippedPackets() {
        return skippedPackets;
    }

    static String message(String type, Map<String, ?> data) {
        return Json.text(Shape.ordered("type", type, "data", data));
    }
}
