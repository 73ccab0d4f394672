// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jopil.bpf.internal.Libc;

/**
 * Memory shared with the kernel: the only class that touches addresses. Every access is checked against the region's
 * bounds; offsets in bytes, native byte order, at their natural alignment. One thread uses a region and closes it.
 *
 * <p>{@link #close()} gives the kernel's memory back but keeps the addresses, backed by zero pages: an access that comes
 * too late reads 0 or writes into nothing, it never ends the JVM. The addresses serve the next region of this size, so
 * whoever shares a region between threads must keep the others out before it closes it, or they may read that one.
 */
public final class MappedRegion implements AutoCloseable {
    private static final Access ACCESS = Access.choose();
    private static final int ZERO_PAGES = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
    private static final boolean BIG_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;

    /** Address ranges of closed regions by length, so that the address space does not grow with every mapping. */
    private static final Map<Long, Deque<Long>> FREE = new HashMap<>();

    private final long address;
    private final long size;
    private final boolean writable;
    private final ByteBuffer buffer;
    private volatile boolean closed;

    private MappedRegion(long address, long size, boolean writable) {
        this.address = address;
        this.size = size;
        this.writable = writable;
        this.buffer = new Pointer(address).getByteBuffer(0, size).order(ByteOrder.nativeOrder());
    }

    /**
     * Maps a part of a map's file descriptor.
     *
     * @param fileOffset multiple of a page
     * @param size bytes, below 2 GiB; whole pages are mapped, the region is rounded up to them
     * @throws BpfException with the errno of mmap
     */
    static MappedRegion map(String name, int fd, long fileOffset, long size, boolean writable) {
        long pages = (size + Libc.PAGE_BYTES - 1) / Libc.PAGE_BYTES * Libc.PAGE_BYTES;
        if (size <= 0 || pages > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("size of " + name + ": " + size);
        }
        long reused = takeFree(pages);
        long address = Libc.mmap(
                reused,
                pages,
                protection(writable),
                Libc.MAP_SHARED | (reused == 0 ? 0 : Libc.MAP_FIXED),
                fd,
                fileOffset);
        if (address == -1) {
            int errno = Native.getLastError();
            if (reused != 0) {
                // some kernels have taken the zero pages away by now: a late access must still find some
                Libc.mmap(reused, pages, protection(writable), ZERO_PAGES | Libc.MAP_FIXED_NOREPLACE, -1, 0);
            }
            throw new BpfException("map into memory", name, errno);
        }
        return new MappedRegion(address, pages, writable);
    }

    private static int protection(boolean writable) {
        return writable ? Libc.PROT_READ | Libc.PROT_WRITE : Libc.PROT_READ;
    }

    private static long takeFree(long pages) {
        synchronized (FREE) {
            Deque<Long> free = FREE.get(pages);
            return free == null || free.isEmpty() ? 0 : free.poll();
        }
    }

    private static void giveFree(long pages, long address) {
        synchronized (FREE) {
            FREE.computeIfAbsent(pages, p -> new ArrayDeque<>()).add(address);
        }
    }

    /** How this JVM reads mapped memory: {@code Raw} or {@code Buffers}. */
    static String accessName() {
        return ACCESS.getClass().getSimpleName();
    }

    /** Bytes, whole pages. */
    public long size() {
        return size;
    }

    public byte getByte(long at) {
        return ACCESS.getByte(this, check(at, 1));
    }

    /** Widened without sign. */
    public int getUnsignedByte(long at) {
        return getByte(at) & 0xff;
    }

    /** Widened without sign, native byte order. */
    public int getUnsignedShort(long at) {
        return ACCESS.getShort(this, check(at, 2)) & 0xffff;
    }

    /** Widened without sign, network byte order: ports. */
    public int getUnsignedShortBigEndian(long at) {
        short value = ACCESS.getShort(this, check(at, 2));
        return (BIG_ENDIAN ? value : Short.reverseBytes(value)) & 0xffff;
    }

    public int getInt(long at) {
        return ACCESS.getInt(this, check(at, 4));
    }

    public int getIntAcquire(long at) {
        return ACCESS.getIntAcquire(this, check(at, 4));
    }

    public long getLong(long at) {
        return ACCESS.getLong(this, check(at, 8));
    }

    public long getLongAcquire(long at) {
        return ACCESS.getLongAcquire(this, check(at, 8));
    }

    /** Network byte order: halves of IPv6 addresses. */
    public long getLongBigEndian(long at) {
        long value = ACCESS.getLong(this, check(at, 8));
        return BIG_ENDIAN ? value : Long.reverseBytes(value);
    }

    /** Network byte order: IPv4 addresses. */
    public int getIntBigEndian(long at) {
        int value = ACCESS.getInt(this, check(at, 4));
        return BIG_ENDIAN ? value : Integer.reverseBytes(value);
    }

    public void putInt(long at, int value) {
        ACCESS.putInt(this, checkWrite(at, 4), value);
    }

    public void putIntRelease(long at, int value) {
        ACCESS.putIntRelease(this, checkWrite(at, 4), value);
    }

    public void putLong(long at, long value) {
        ACCESS.putLong(this, checkWrite(at, 8), value);
    }

    public void putLongRelease(long at, long value) {
        ACCESS.putLongRelease(this, checkWrite(at, 8), value);
    }

    public void copy(long at, byte[] to, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, to.length);
        if (length > 0) {
            ACCESS.copy(this, check(at, length), to, offset, length);
        }
    }

    public boolean isClosed() {
        return closed;
    }

    /** Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        long zeros = Libc.mmap(address, size, protection(writable), ZERO_PAGES | Libc.MAP_FIXED, -1, 0);
        if (zeros == -1) {
            // the kernel's memory stays mapped; nothing can be reused, nothing breaks
            throw new BpfException("unmap", size + " bytes", Native.getLastError());
        }
        giveFree(size, address);
    }

    private long check(long at, int length) {
        if (at < 0 || at > size - length) {
            throw new IndexOutOfBoundsException("offset " + at + " length " + length + " of " + size);
        }
        return at;
    }

    private long checkWrite(long at, int length) {
        // the kernel would answer a store to a read-only mapping with a signal that ends the JVM
        if (!writable) {
            throw new IllegalStateException("mapped read-only");
        }
        return check(at, length);
    }

    long address() {
        return address;
    }

    ByteBuffer buffer() {
        return buffer;
    }
}
