// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilters;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.RingReader;

/** The kernel's part of a capture: rings, and programs on each interface. One thread at a time. */
final class KernelCapture implements AutoCloseable {
    private static final int RECORDS = 4096;

    private final KernelRings rings;
    private final List<CaptureHook> hooks = new ArrayList<>();
    private RingReader reader;

    /**
     * Loads; nothing is attached yet.
     *
     * @throws FilterException on a mistake in the filter
     * @throws org.jopil.bpf.BpfException if the kernel refuses
     */
    KernelCapture(
            BpfLoader loader,
            PacketFilters filters,
            List<Place> places,
            String filter,
            int snaplenBytes,
            long memoryBytes)
            throws FilterException {
        rings = new KernelRings(loader, memoryBytes);
        try {
            for (Place place : places) {
                LinkType type = place.link().isLayer3() ? LinkType.RAW_IP : LinkType.ETHERNET;
                hooks.add(new CaptureHook(
                        loader, rings, hooks.size(), place, filters.compile(filter, type), snaplenBytes));
            }
            reader = rings.reader();
        } catch (FilterException | RuntimeException e) {
            close();
            throw e;
        }
    }

    int cpus() {
        return rings.cpus();
    }

    List<CaptureHook> hooks() {
        return hooks;
    }

    /** Attaches to all interfaces; on an error to none. */
    void attach() {
        try {
            hooks.forEach(CaptureHook::attach);
        } catch (RuntimeException e) {
            hooks.forEach(CaptureHook::detach);
            throw e;
        }
    }

    /**
     * Moves what is in the rings.
     *
     * @param mostBytes that may wait behind
     * @return whether every ring was empty at the end
     */
    boolean drain(FrameMerge merge, long mostBytes) {
        int read;
        do {
            read = reader.drain(merge, RECORDS);
        } while (read == RECORDS && merge.size() < mostBytes);
        return read < RECORDS;
    }

    void await(int timeoutMs) {
        reader.await(timeoutMs);
    }

    /** Ends an {@link #await}. Any thread. */
    void wake() {
        reader.wake();
    }

    boolean isSevered() {
        return hooks.stream().allMatch(CaptureHook::isSevered);
    }

    CaptureHook.Book book() {
        CaptureHook.Book sum = new CaptureHook.Book(0, 0, 0, 0);
        for (CaptureHook hook : hooks) {
            for (Direction direction : Direction.values()) {
                sum = sum.plus(hook.book(direction));
            }
        }
        return sum;
    }

    /** Nothing comes into the rings any more when this returns. */
    void detach() {
        hooks.forEach(CaptureHook::detach);
        rings.awaitGracePeriod();
    }

    /** Idempotent. */
    @Override
    public void close() {
        hooks.forEach(CaptureHook::close);
        if (reader != null) {
            reader.close();
        }
        rings.close();
    }
}
