// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that reads a ring ten times a second. Any thread may stop it. */
public final class RingPoll {
    private static final Logger LOG = LoggerFactory.getLogger(RingPoll.class);
    private static final long LOOK_NS = 100_000_000;
    private static final long AFTER_ERROR_NS = 1_000_000_000;
    private static final long JOIN_MS = 1000;
    private static final int RECORDS = 1024;

    private final String name;
    private final PolledRing ring;
    private final RingReader.Handler handler;
    private final Runnable afterLook;
    private final Thread thread;
    private volatile boolean stopping;

    /**
     * Begins to read.
     *
     * @param map stays the caller's, and must outlive {@link #stop}
     * @param handler gets the records, at most 1,024 between two calls of {@code afterLook}; both on the new thread
     */
    public RingPoll(String name, BpfMap map, RingReader.Handler handler, Runnable afterLook) {
        this.name = name;
        this.ring = new PolledRing(map);
        this.handler = handler;
        this.afterLook = afterLook;
        thread = new Thread(this::run, "jopil-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!stopping) {
                try {
                    look();
                    LockSupport.parkNanos(LOOK_NS);
                } catch (RuntimeException e) {
                    LOG.error("Reading of {} goes on in a second", name, e);
                    LockSupport.parkNanos(AFTER_ERROR_NS);
                }
            }
            look();
        } finally {
            ring.close();
        }
    }

    private void look() {
        int read;
        do {
            read = ring.drain(handler, RECORDS);
            afterLook.run();
        } while (read > 0);
    }

    /** Reads what is there, and ends; a handler that hangs is left behind, and told. */
    public void stop() {
        stopping = true;
        LockSupport.unpark(thread);
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("The reader of {} did not end in time; it unmaps its ring when it does", name);
        }
    }
}
