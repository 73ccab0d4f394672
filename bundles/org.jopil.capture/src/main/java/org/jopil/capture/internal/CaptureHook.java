// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.api.filter.PacketFilter;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLink;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;
import org.jopil.bpf.ClassicProgram;
import org.jopil.bpf.FilterSlots;
import org.jopil.bpf.Layout;
import org.jopil.bpf.net.NetworkNamespace;

/** The capturing programs on one interface: an object of its own, with its filter and its books. One thread at a time. */
final class CaptureHook implements AutoCloseable {
    static final String OBJECT = "capture.bpf.o";

    private static final String FRAME = "jopil_capture_frame";
    private static final int EINVAL = 22;

    private final Place place;
    private final PacketFilter filter;
    private final BpfObject object;
    private final String filteredBy;
    private final List<BpfLink> links = new ArrayList<>();

    /** Frames of one direction, over all CPUs, as in {@code capture.h}. */
    record Book(long seen, long matched, long ringFull, long undecidedRingFull) {
        Book plus(Book other) {
            return new Book(
                    seen + other.seen,
                    matched + other.matched,
                    ringFull + other.ringFull,
                    undecidedRingFull + other.undecidedRingFull);
        }
    }

    /**
     * Loads; nothing is attached yet.
     *
     * @param number that its records carry
     * @throws BpfException if the kernel refuses the programs; of a refused filter {@link #filteredBy} tells
     */
    CaptureHook(BpfLoader loader, KernelRings rings, int number, Place place, PacketFilter filter, int snaplenBytes) {
        this.place = place;
        this.filter = filter;
        boolean unfiltered = filter.text().isBlank();
        BpfObject loaded = load(loader, rings, number, place, snaplenBytes, false);
        String by = unfiltered ? "nothing" : "kernel";
        try {
            FilterSlots slots = new FilterSlots(loaded, FRAME);
            if (!unfiltered) {
                slots.filter(ClassicProgram.of(filter.instructions()));
            }
        } catch (BpfException e) {
            loaded.close();
            by = "user space, because the kernel refused it: " + e.getMessage();
            loaded = load(loader, rings, number, place, snaplenBytes, true);
            try {
                new FilterSlots(loaded, FRAME);
            } catch (BpfException refused) {
                loaded.close();
                throw refused;
            }
        }
        object = loaded;
        filteredBy = by;
    }

    private static BpfObject load(
            BpfLoader loader, KernelRings rings, int number, Place place, int snaplenBytes, boolean unfiltered) {
        BpfObject object = loader.open(OBJECT);
        try {
            rings.share(object);
            object.constant(
                    "config",
                    ByteBuffer.allocate(Layout.CAPTURE_CONFIG_SIZE)
                            .order(ByteOrder.nativeOrder())
                            .putInt(Layout.CAPTURE_CONFIG_ATTACHMENT_OFFSET, number)
                            .putInt(Layout.CAPTURE_CONFIG_SNAPLEN_OFFSET, snaplenBytes)
                            .putInt(Layout.CAPTURE_CONFIG_WAKEUP_BYTES_OFFSET, rings.wakeupBytes())
                            .put(
                                    Layout.CAPTURE_CONFIG_LAYER3_OFFSET,
                                    flag(place.link().isLayer3()))
                            .put(Layout.CAPTURE_CONFIG_UNFILTERED_OFFSET, flag(unfiltered))
                            .array());
            object.load();
            return object;
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    private static byte flag(boolean value) {
        return (byte) (value ? 1 : 0);
    }

    Place place() {
        return place;
    }

    PacketFilter filter() {
        return filter;
    }

    /** {@code kernel}, {@code nothing}, or {@code user space, because …}. */
    String filteredBy() {
        return filteredBy;
    }

    BpfProgram program(Direction direction) {
        return object.program(direction == Direction.INGRESS ? "jopil_capture_ingress" : "jopil_capture_egress");
    }

    /** Attaches both directions; on an error nothing stays attached. */
    void attach() {
        place.namespace().call(() -> {
            try {
                for (Direction direction : Direction.values()) {
                    links.add(attach(program(direction), direction));
                }
            } catch (RuntimeException e) {
                closeLinks();
                throw e;
            }
            return null;
        });
    }

    private BpfLink attach(BpfProgram program, Direction direction) {
        int index = place.link().index();
        try {
            return program.attachTcx(index, direction);
        } catch (BpfException e) {
            if (e.errnoNumber() != EINVAL) {
                throw e;
            }
            return program.attachClsact(index, direction); // before Linux 6.6 there is no tcx
        }
    }

    /** Whether nothing can come any more: the interface is gone, or somebody detached both. */
    boolean isSevered() {
        return links.stream().allMatch(BpfLink::isSevered);
    }

    Book book(Direction direction) {
        ByteBuffer cpus = ByteBuffer.wrap(object.map("capture_books")
                        .lookup(direction == Direction.INGRESS ? Layout.INGRESS : Layout.EGRESS)
                        .orElseThrow())
                .order(ByteOrder.nativeOrder());
        Book sum = new Book(0, 0, 0, 0);
        for (int at = 0; at < cpus.capacity(); at += Layout.CAPTURE_BOOK_SIZE) {
            sum = sum.plus(new Book(
                    cpus.getLong(at + Layout.CAPTURE_BOOK_SEEN_OFFSET),
                    cpus.getLong(at + Layout.CAPTURE_BOOK_MATCHED_OFFSET),
                    cpus.getLong(at + Layout.CAPTURE_BOOK_RING_FULL_OFFSET),
                    cpus.getLong(at + Layout.CAPTURE_BOOK_UNDECIDED_RING_FULL_OFFSET)));
        }
        return sum;
    }

    /** Idempotent. A run that has begun may still end. */
    void detach() {
        if (links.isEmpty()) {
            return;
        }
        try {
            place.namespace().call(() -> {
                closeLinks();
                return null;
            });
        } catch (NetworkNamespace.NoSuchNamespaceException gone) {
            // a link is a file of this process: it is closed from anywhere
            closeLinks();
        }
    }

    private void closeLinks() {
        links.forEach(BpfLink::close);
        links.clear();
    }

    @Override
    public void close() {
        detach();
        object.close();
    }
}
