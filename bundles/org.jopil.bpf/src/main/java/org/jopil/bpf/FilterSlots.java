// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jopil.bpf.internal.Errno;
import org.jopil.bpf.internal.KernelInfo;
import org.jopil.bpf.internal.Libbpf;
import org.jopil.bpf.internal.LibbpfLibrary;
import org.jopil.bpf.internal.Libc;

/**
 * The tail-call slots of an object's root programs ({@code bpf/include/jopil/filter.h}): which frames go on to its accept
 * program. With no filter all do. One thread at a time; lives as long as its object, and so does what is in the slots.
 */
public final class FilterSlots {
    private static final int LOAD_OPTIONS_BYTES = 104;
    private static final int LOG_BYTES = 1 << 18;
    private static final int XDP_PASS = 2;
    private static final int TCX_NEXT = -1;

    private final Libbpf bpf;
    private final NativeMap slots;
    private final NativeMap scratch;
    private final boolean xdp;
    private final int flags;

    /**
     * Puts the accept program in its slot.
     *
     * @param object loaded, with the maps of {@code filter.h}
     * @param accept its program for frames that match; the roots have its type (XDP or tc) and, at XDP, take frames of
     *     several buffers if it does
     * @throws BpfException {@code EINVAL} if a root is of another kind
     */
    public FilterSlots(BpfObject object, String accept) {
        bpf = LibbpfLibrary.get();
        NativeObject own = (NativeObject) object;
        int fd = own.programFd(accept);
        xdp = KernelInfo.program(fd).type() == Libbpf.BPF_PROG_TYPE_XDP;
        flags = own.programFlags(accept) & Libbpf.BPF_F_XDP_HAS_FRAGS;
        slots = NativeMap.of(object.map(xdp ? "filter_xdp" : "filter_tc"));
        scratch = NativeMap.of(object.map("filter_scratch"));
        put(Layout.FILTER_ACCEPT, fd);
    }

    /**
     * Translates a filter, loads it and lets it take the place of the one before, between two frames.
     *
     * @throws BpfException with the verifier's log if it was refused, {@code EOPNOTSUPP} if it loops, {@code E2BIG} if it
     *     is too long; the filter before goes on then
     */
    public void filter(ClassicProgram program) {
        int fd = load(translate(program));
        try {
            put(Layout.FILTER_PROGRAM, fd);
        } finally {
            Libc.close(fd);
        }
    }

    /** Takes the filter out, so that every frame is accepted. Idempotent. */
    public void clear() {
        slots.delete(bytes(Layout.FILTER_PROGRAM));
    }

    /** Frames that went nowhere because a slot was empty, at all hooks of the object; they passed, of course. */
    public long missed() {
        ByteBuffer all = ByteBuffer.wrap(scratch.lookup(0).orElseThrow()).order(ByteOrder.nativeOrder());
        long sum = 0;
        for (int at = 0; at < all.capacity(); at += scratch.stride()) {
            sum += all.getLong(at + Layout.FILTER_SCRATCH_MISSED_OFFSET);
        }
        return sum;
    }

    private long[] translate(ClassicProgram program) {
        try {
            return ClassicTranslator.translate(program, scratch.fd(), slots.fd(), xdp ? XDP_PASS : TCX_NEXT);
        } catch (IllegalArgumentException e) {
            throw new BpfException("translate", "a filter that loops", Errno.EOPNOTSUPP);
        } catch (ArithmeticException e) {
            throw new BpfException("translate", "a filter of " + program.size() + " instructions", Errno.E2BIG);
        }
    }

    private int load(long[] instructions) {
        try (Memory code = new Memory(8L * instructions.length);
                Memory log = new Memory(LOG_BYTES);
                Memory options = new Memory(LOAD_OPTIONS_BYTES)) {
            code.write(0, instructions, 0, instructions.length);
            log.setByte(0, (byte) 0);
            options.clear();
            // struct bpf_prog_load_opts: with a log and level 0 libbpf tries again with level 1 when it was refused
            options.setLong(0, LOAD_OPTIONS_BYTES);
            options.setInt(12, xdp ? Libbpf.BPF_XDP : 0);
            options.setInt(20, flags);
            options.setInt(92, LOG_BYTES);
            options.setPointer(96, log);
            int fd = bpf.bpf_prog_load(
                    xdp ? Libbpf.BPF_PROG_TYPE_XDP : Libbpf.BPF_PROG_TYPE_SCHED_CLS,
                    "jopil_filter",
                    "GPL",
                    code,
                    instructions.length,
                    options);
            if (fd < 0) {
                throw new BpfException("load", "the filter", -fd, log.getString(0, StandardCharsets.US_ASCII.name()));
            }
            return fd;
        }
    }

    private void put(int slot, int fd) {
        slots.update(slot, bytes(fd));
    }

    private static byte[] bytes(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }
}
