// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import org.jopil.web.Shape;
import org.jopil.web.render.Json;

/**
 * What waits for one client: answers in order, and of every kind of news the newest. So it never grows, however slow the
 * client is; what a newer message replaced is told as a gap. Any thread.
 */
final class Outbox {
    /** Answers to a client that asks and does not read. */
    static final int MOST_ANSWERS = 16;

    private record News(String text, long items) {}

    private final Wire wire;
    private final Deque<String> answers = new ArrayDeque<>();
    private final Map<Slot, News> news = new EnumMap<>(Slot.class);
    private final Map<Slot, Long> missed = new EnumMap<>(Slot.class);
    private boolean sending;
    private boolean closed;
    private long sendingSinceNs;
    private long offered;
    private long handedOver;
    private long shed;
    private Account last;

    Outbox(Wire wire) {
        this.wire = wire;
    }

    /**
     * What became of the messages for this client.
     *
     * @param offered all of them, gaps included
     * @param sent that left, as the connection says
     * @param shed that a newer one replaced, or that were still here at the end
     * @param queued that wait, or are on their way
     */
    record Account(long offered, long sent, long shed, long queued) {}

    /** At this moment; of a closed one, at its end. */
    synchronized Account account() {
        return last == null ? now() : last;
    }

    private Account now() {
        long sent = wire.sentMessages();
        return new Account(offered, sent, shed, answers.size() + news.size() + (sending ? handedOver - sent : 0));
    }

    /** In order, never replaced. */
    void answer(String text) {
        synchronized (this) {
            if (closed) {
                return;
            }
            offered++;
            if (answers.size() >= MOST_ANSWERS) {
                shed++;
                closed = true;
            } else {
                answers.addLast(text);
            }
        }
        if (isClosed()) {
            wire.close(1008, "It asks faster than it reads");
            return;
        }
        pump();
    }

    /** Replaces what waits in the same slot. {@code items} is what the gap says if this one is replaced. */
    void offer(Slot slot, String text, long items) {
        synchronized (this) {
            if (closed) {
                return;
            }
            offered++;
            News before = news.put(slot, new News(text, items));
            if (before != null) {
                shed++;
                if (before.items > 0) {
                    missed.merge(slot, before.items, Long::sum);
                }
            }
        }
        pump();
    }

    private void pump() {
        String next;
        synchronized (this) {
            if (sending || closed) {
                return;
            }
            next = next();
            if (next == null) {
                return;
            }
            sending = true;
            sendingSinceNs = System.nanoTime();
            handedOver++;
        }
        wire.send(next, this::sent, this::close);
    }

    private String next() {
        if (!answers.isEmpty()) {
            return answers.removeFirst();
        }
        for (Slot slot : missed.keySet()) {
            long items = missed.remove(slot);
            offered++;
            return Json.text(
                    Shape.ordered("type", "gap", "data", Shape.ordered("topic", slot.topic.text(), "missed", items)));
        }
        for (Slot slot : news.keySet()) {
            return news.remove(slot).text;
        }
        return null;
    }

    private void sent() {
        synchronized (this) {
            sending = false;
        }
        pump();
    }

    synchronized void close() {
        if (last == null) {
            Account end = now();
            last = new Account(end.offered, end.sent, end.shed + end.queued, 0);
        }
        closed = true;
        answers.clear();
        news.clear();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** How long the message on its way has been there, nanoseconds; 0 if there is none. */
    synchronized long stuckNs() {
        return sending && !closed ? System.nanoTime() - sendingSinceNs : 0;
    }
}
