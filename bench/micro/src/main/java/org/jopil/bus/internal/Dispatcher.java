// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Consumer;

/** EventAdmin's shape: what is posted goes through one queue to one thread, which calls every handler in turn. */
final class Dispatcher<T> implements AutoCloseable {
    private final ArrayBlockingQueue<T> queue;
    private final Thread thread;

    Dispatcher(int room, Consumer<T> handlers) {
        queue = new ArrayBlockingQueue<>(room);
        thread = new Thread(() -> run(handlers), "dispatcher");
        thread.setDaemon(true);
        thread.start();
    }

    private void run(Consumer<T> handlers) {
        try {
            while (true) {
                handlers.accept(queue.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void post(T event) throws InterruptedException {
        queue.put(event);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
