// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import org.jopil.bpf.internal.Libc;

/**
 * One BPF ring buffer as its reader sees it. One thread.
 *
 * <pre>
 *   consumer   page: consumer_pos (we write)
 *   data       page: producer_pos (kernel writes), then the data twice in a row,
 *              so that a record that wraps still lies in one piece
 *   record     u32 length | BUSY | DISCARD, u32, payload, padded to 8
 * </pre>
 *
 * <p>A record is read between two acquiring loads, of producer_pos and of its header, and the releasing store of
 * consumer_pos: before it the kernel does not write there again.
 */
final class Ring implements AutoCloseable {
    static final int BUSY = 1 << 31;
    static final int DISCARD = 1 << 30;
    static final int HEADER_BYTES = 8;

    private static final int COMMIT_BYTES = 64 * 1024;

    final MappedRegion consumer;
    final MappedRegion data;
    /** Size of the ring, in bytes, minus 1. */
    final long mask;

    private long position;
    private long committed;

    /**
     * Goes on where the last reader stopped; closes both regions when it is closed.
     *
     * @param bytes size of the ring, a power of two
     */
    Ring(MappedRegion consumer, MappedRegion data, long bytes) {
        this.consumer = consumer;
        this.data = data;
        this.mask = bytes - 1;
        this.position = consumer.getLongAcquire(0);
        this.committed = position;
    }

    /** Maps a ring; the map stays the caller's. */
    static Ring open(NativeMap map) {
        long bytes = map.maxEntries();
        MappedRegion consumer = MappedRegion.map(map.name(), map.fd(), 0, Libc.PAGE_BYTES, true);
        try {
            MappedRegion data =
                    MappedRegion.map(map.name(), map.fd(), Libc.PAGE_BYTES, Libc.PAGE_BYTES + 2 * bytes, false);
            return new Ring(consumer, data, bytes);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    /** As {@link RingReader#drain}, of this ring. */
    int drain(int cpu, RingReader.Handler handler, int maxRecords) {
        long end = data.getLongAcquire(0);
        int done = 0;
        try {
            while (position < end && done < maxRecords) {
                long at = Libc.PAGE_BYTES + (position & mask);
                int word = data.getIntAcquire(at);
                if ((word & BUSY) != 0) {
                    break;
                }
                int length = word & ~DISCARD;
                position += (length + HEADER_BYTES + 7L) & ~7L;
                if ((word & DISCARD) == 0) {
                    done++;
                    handler.record(cpu, data, at + HEADER_BYTES, length);
                }
                if (position - committed >= COMMIT_BYTES) {
                    commit();
                }
            }
        } finally {
            commit();
        }
        return done;
    }

    private void commit() {
        if (position != committed) {
            consumer.putLongRelease(0, position);
            committed = position;
        }
    }

    /** Bytes that lie in the ring, headers included. */
    long pending() {
        return data.getLongAcquire(0) - position;
    }

    @Override
    public void close() {
        consumer.close();
        data.close();
    }
}
