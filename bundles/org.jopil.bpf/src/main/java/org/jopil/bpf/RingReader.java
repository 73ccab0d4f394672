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
 * <p>The wake-up: the reader stores armed = 1 per ring, looks at every ring once more, and sleeps. A producer that finds
 * armed and enough bytes clears armed and wakes. A wake-up can be lost between the two looks by design: the time-out of
 * {@link #await} is part of correctness, and a ring has to hold what comes in so long.
 */
public final class RingReader implements AutoCloseable {
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
                this.rings[cpu] = Ring.open(map);
                // edge-triggered: only a wake-up that the producer asked for counts, not bytes that lie there
                watch(map.fd(), Libc.EPOLLIN | Libc.EPOLLET);
            }
        } catch (RuntimeException e) {
            close();
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
            done += rings[cpu].drain(cpu, handler, maxRecords - done);
        }
        next = first + 1 < rings.length ? first + 1 : 0;
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
                ring.close();
            }
        }
        Libc.close(epoll);
        if (wakeup >= 0) {
            Libc.close(wakeup);
        }
    }
}
