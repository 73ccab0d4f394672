// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What one more client costs the heap per message: its place in the outbox, never a copy of the message. */
class OutboxAllocationTest {
    private static final int CLIENTS = 100;
    private static final int ROUNDS = 200;
    private static final int MESSAGE_CHARS = 20_000;
    private static final int MOST_BYTES = 256;

    private static final class Reading implements Wire {
        private long sentMessages;

        @Override
        public void send(String text, Runnable sent, Runnable failed) {
            sentMessages++;
            sent.run();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void ping() {}

        @Override
        public void close(int status, String reason) {}

        @Override
        public void cut() {}

        @Override
        public long sentMessages() {
            return sentMessages;
        }

        @Override
        public String peer() {
            return "reading";
        }
    }

    @Test
    void shouldNotCopyAMessagePerClient() {
        List<Outbox> clients =
                Stream.generate(() -> new Outbox(new Reading())).limit(CLIENTS).toList();
        String message = "x".repeat(MESSAGE_CHARS);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        tell(clients, message);
        long before = threads.getCurrentThreadAllocatedBytes();
        tell(clients, message);
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / ((long) CLIENTS * ROUNDS);
        assertTrue(each <= MOST_BYTES, each + " bytes per message and client");
    }

    private static void tell(List<Outbox> clients, String message) {
        for (int round = 0; round < ROUNDS; round++) {
            for (Outbox client : clients) {
                client.offer(Slot.PACKETS, message, 1);
            }
        }
    }
}
