// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.RingPositions;

/**
 * The account of one of the tracer's rings: what the kernel's program counts, what the ring's positions say, and what its
 * reader got. The reader takes stock between two looks, when nothing but the kernel moves.
 */
final class RingAccount implements AutoCloseable {
    private static final long EVERY_NS = TimeUnit.MILLISECONDS.toNanos(200);
    /** An event is in its ring some 10 ns before it is counted, and counters of several CPUs are not read at one moment. */
    private static final int LOOKS = 16;

    private final String name;
    private final RingPositions positions;
    private final int recordBytes;
    private final Supplier<Book> kernel;

    // the reader's thread
    private long read;
    private long takenNs = System.nanoTime() - EVERY_NS;

    private volatile List<HandOff> taken = List.of();
    private volatile boolean closed;

    /** What the kernel's program counts. */
    record Book(long observed, long submitted, long sampledOut, long ringFull) {
        private boolean addsUp() {
            return observed == submitted + sampledOut + ringFull;
        }
    }

    /**
     * Nothing is attached yet.
     *
     * @param ring stays the caller's
     * @param payloadBytes of a record; all are as long
     */
    RingAccount(String name, BpfMap ring, int payloadBytes, Supplier<Book> kernel) {
        this.name = name;
        this.positions = new RingPositions(List.of(ring));
        this.recordBytes = RingPositions.recordBytes(payloadBytes);
        this.kernel = kernel;
    }

    /** A record was handed over; the reader's thread. */
    void read() {
        read++;
    }

    long records() {
        return read;
    }

    /** The reader's thread, with all that it read handed on. */
    void takeWhenDue() {
        long now = System.nanoTime();
        if (!closed && now - takenNs >= EVERY_NS) {
            takenNs = now;
            take();
        }
    }

    private void take() {
        Book book = kernel.get();
        long submitted = book.submitted;
        long produced = 0;
        for (int look = 0; look < LOOKS; look++) {
            produced = positions.produced(0) / recordBytes;
            Book after = kernel.get();
            // as many as were in the ring at a moment between both looks at the counters
            submitted = Math.min(Math.max(produced, book.submitted), after.submitted);
            if (submitted == produced && book.addsUp()) {
                break;
            }
            book = after;
        }
        long waiting = produced - positions.consumed(0) / recordBytes;
        taken = List.of(
                new HandOff(
                        HandOffs.TRACER,
                        name + ", kernel",
                        book.observed,
                        book.submitted,
                        book.sampledOut,
                        book.ringFull,
                        0),
                new HandOff(HandOffs.TRACER, name + ", ring", submitted, read, 0, 0, waiting));
    }

    /** As of the last stock, 0.3 s ago at most. Any thread. */
    List<HandOff> handOffs() {
        return taken;
    }

    /** The reader may be behind: it takes no more stock. */
    @Override
    public void close() {
        closed = true;
        positions.close();
    }
}
