// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.jopil.bpf.internal.Errno;
import org.jopil.bpf.internal.Libc;

/**
 * Reads BPF ring buffers, one per CPU, from mapped memory: no system call and no allocation per record. One thread drains,
 * awaits and closes; {@link #wake()} is for all threads.
 *
 * <pre>
 *   file offset 0        page: consumer_pos (we write)
 *   one page on          page: producer_pos (kernel writes), then the data twice in a row,
 *                        so that a record that wraps still lies in one piece
 *   record               u32 length | BUSY | DISCARD, u32, payload, padded to 8
 * </pre>
 *
 * <p>The wake-up: the reader stores armed = 1 per ring, looks at every ring once more, and sleeps. A producer that finds
 * armed and enough bytes clears armed and wakes. A wake-up can be lost between the two looks by design: the time-out of
 * {@link #await} is part of correctness, and a ring has to hold what comes in so long.
 */
public final class RingReader implements AutoCloseable {
    private static final int BUSY = 1 << 31;
    private static final int DISCARD = 1 << 30;
    private static final int HEADER_BYTES = 8;
    private static final int COMMIT_BYTES = 64 * 1024;
    private static final int EPOLL_EVENT_BYTES = 16;

    private final Ring[] rings;
    private final MappedRegion ringControl;
    private final int wakeupBytes;
    private final int epoll;
    private final int wakeup;
    private final Memory events;
    private final Memory counter;
    private final long eventsAddress;
    private final long counterAddress;
    private final Memory one;
    private final long oneAddress;
    private int next;
    private boolean closed;

    /** Gets the records; valid during the call, payload at {@code at}. */
    @FunctionalInterface
    public interface Handler {
        void record(int cpu, MappedRegion data, long at, int length);
    }

    private static final class Ring {
        final MappedRegion consumer;
        final MappedRegion data;
        final long mask;
        long position;
        long committed;

        Ring(MappedRegion consumer, MappedRegion data, long mask) {
            this.consumer = consumer;
            this.data = data;
            this.mask = mask;
            this.position = consumer.getLongAcquire(0);
            this.committed = position;
        }

        void commit() {
            if (position != committed) {
                consumer.putLongRelease(0, position);
                committed = position;
            }
        }

        long pending() {
            return data.getLongAcquire(0) - position;
        }
    }

    /**
     * Maps the rings.
     *
     * @param rings index = CPU; the maps stay the caller's, and must outlive the reader
     * @param ringControl map ring_control, mapped writable, one entry per ring; stays the caller's
     * @param wakeupBytes the producers' threshold ({@code control.wakeup_bytes}): with so much in a ring there is no sleep
     */
    public RingReader(List<BpfMap> rings, MappedRegion ringControl, int wakeupBytes) {
        if (ringControl.size() < (long) rings.size() * Layout.RING_CONTROL_SIZE) {
            throw new IllegalArgumentException("ring_control has fewer entries than there are rings: " + rings.size());
        }
        this.ringControl = ringControl;
        this.wakeupBytes = wakeupBytes;
        this.rings = new Ring[rings.size()];
        this.events = new Memory((long) EPOLL_EVENT_BYTES * (rings.size() + 1));
        this.counter = new Memory(8);
        this.eventsAddress = Pointer.nativeValue(events);
        this.counterAddress = Pointer.nativeValue(counter);
        this.one = new Memory(8);
        this.oneAddress = Pointer.nativeValue(one);
        one.setLong(0, 1);
        this.epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        if (epoll < 0) {
            throw new BpfException("make epoll for", "rings", Native.getLastError());
        }
        this.wakeup = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        try {
            if (wakeup < 0) {
                throw new BpfException("make eventfd for", "rings", Native.getLastError());
            }
            watch(wakeup, Libc.EPOLLIN);
            for (int cpu = 0; cpu < this.rings.length; cpu++) {
                NativeMap map = NativeMap.of(rings.get(cpu));
                this.rings[cpu] = open(map);
                // edge-triggered: only a wake-up that the producer asked for counts, not bytes that lie there
                watch(map.fd(), Libc.EPOLLIN | Libc.EPOLLET);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static Ring open(NativeMap map) {
        long bytes = map.maxEntries();
        MappedRegion consumer = MappedRegion.map(map.name(), map.fd(), 0, Libc.PAGE_BYTES, true);
        try {
            MappedRegion data =
                    MappedRegion.map(map.name(), map.fd(), Libc.PAGE_BYTES, Libc.PAGE_BYTES + 2 * bytes, false);
            return new Ring(consumer, data, bytes - 1);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    private void watch(int fd, int what) {
        // struct epoll_event is packed on x86-64 alone; the data word is not used
        events.clear();
        events.setInt(0, what);
        if (Libc.epoll_ctl(epoll, Libc.EPOLL_CTL_ADD, fd, eventsAddress) < 0) {
            throw new BpfException("watch", "ring", Native.getLastError());
        }
    }

    /**
     * Hands over what is in the rings, oldest first in each ring, at most {@code maxRecords}, starting with another ring
     * each time. The room of handed-over records is given back every 64 KiB and at the end. A record whose handler throws
     * counts as handed over.
     *
     * @return records handed over
     */
    public int drain(Handler handler, int maxRecords) {
        int done = 0;
        int first = next;
        for (int i = 0; i < rings.length && done < maxRecords; i++) {
            int cpu = first + i < rings.length ? first + i : first + i - rings.length;
            done += drain(cpu, handler, maxRecords - done);
        }
        next = first + 1 < rings.length ? first + 1 : 0;
        return done;
    }

    private int drain(int cpu, Handler handler, int maxRecords) {
        Ring ring = rings[cpu];
        MappedRegion data = ring.data;
        long mask = ring.mask;
        long end = data.getLongAcquire(0);
        int done = 0;
        try {
            while (ring.position < end && done < maxRecords) {
                long at = Libc.PAGE_BYTES + (ring.position & mask);
                int word = data.getIntAcquire(at);
                if ((word & BUSY) != 0) {
                    break;
                }
                int length = word & ~DISCARD;
                ring.position += (length + HEADER_BYTES + 7L) & ~7L;
                if ((word & DISCARD) == 0) {
                    done++;
                    handler.record(cpu, data, at + HEADER_BYTES, length);
                }
                if (ring.position - ring.committed >= COMMIT_BYTES) {
                    ring.commit();
                }
            }
        } finally {
            ring.commit();
        }
        return done;
    }

    /** What lies unread in the fullest ring, as a share of its room; 0 to 1. */
    public double fullest() {
        double most = 0;
        for (Ring ring : rings) {
            most = Math.max(most, (double) ring.pending() / (ring.mask + 1));
        }
        return most;
    }

    /**
     * Sleeps until a ring holds enough, {@link #wake()} was called, or the time is over. Drain afterwards in any case.
     *
     * @return false if the time was over
     */
    public boolean await(int timeoutMs) {
        for (int cpu = 0; cpu < rings.length; cpu++) {
            ringControl.putInt(armed(cpu), 1);
        }
        // the stores above must be seen before the positions below are read
        VarHandle.fullFence();
        for (Ring ring : rings) {
            if (ring.pending() >= wakeupBytes) {
                disarm();
                return true;
            }
        }
        int ready = Libc.epoll_wait(epoll, eventsAddress, rings.length + 1, timeoutMs);
        int errno = ready < 0 ? Native.getLastError() : 0;
        disarm();
        if (errno != 0 && errno != Errno.EINTR) {
            throw new BpfException("wait for", "rings", errno);
        }
        if (ready > 0) {
            // EAGAIN when it was a ring: fine
            Libc.read(wakeup, counterAddress, 8);
        }
        return ready > 0;
    }

    private void disarm() {
        for (int cpu = 0; cpu < rings.length; cpu++) {
            ringControl.putInt(armed(cpu), 0);
        }
    }

    private static long armed(int cpu) {
        return (long) cpu * Layout.RING_CONTROL_SIZE + Layout.RING_CONTROL_ARMED_OFFSET;
    }

    /** Ends an {@link #await}, this one or the next. Any thread; does nothing after {@link #close()}. */
    public synchronized void wake() {
        if (!closed) {
            Libc.write(wakeup, oneAddress, 8);
        }
    }

    /** Unmaps the rings; idempotent. What was not drained stays in the rings. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Ring ring : rings) {
            if (ring != null) {
                ring.consumer.close();
                ring.data.close();
            }
        }
        Libc.close(epoll);
        if (wakeup >= 0) {
            Libc.close(wakeup);
        }
    }
}
