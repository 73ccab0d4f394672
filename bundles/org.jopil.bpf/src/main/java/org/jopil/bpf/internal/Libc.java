// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;

/**
 * The system calls we need, directly mapped: primitives only, so that a call allocates nothing. {@code long} stands for
 * pointers and {@code size_t}. errno by {@link Native#getLastError()}, right after the call, on its thread.
 */
public final class Libc {
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 1;
    public static final int MAP_PRIVATE = 2;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_FIXED_NOREPLACE = 0x100000;
    public static final int EPOLL_CLOEXEC = 0x80000;
    public static final int EPOLL_CTL_ADD = 1;
    public static final int EPOLLIN = 1;
    public static final int EPOLLET = 1 << 31;
    public static final int EFD_CLOEXEC = 0x80000;
    public static final int EFD_NONBLOCK = 0x800;
    public static final int F_DUPFD_CLOEXEC = 1030;
    public static final int O_RDONLY = 0;
    public static final int O_CLOEXEC = 0x80000;

    private static final int IF_NAMESIZE = 16;
    private static final long SYS_BPF = Platform.isIntel() ? 321 : 280;

    static {
        Native.register(Libc.class, "c");
    }

    /** Bytes of a page. */
    public static final int PAGE_BYTES = getpagesize();

    private Libc() {}

    public static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    public static native int open(String path, int flags);

    public static native int close(int fd);

    public static native int fcntl(int fd, int command, int argument);

    public static native int getpagesize();

    public static native int epoll_create1(int flags);

    public static native int epoll_ctl(int epoll, int operation, int fd, long event);

    public static native int epoll_wait(int epoll, long events, int maxEvents, int timeoutMs);

    public static native int eventfd(int initial, int flags);

    public static native long read(int fd, long buffer, long count);

    public static native long write(int fd, long buffer, long count);

    private static native long syscall(long number, long command, long attributes, long size);

    /** The system call bpf(2): -1 and errno, else what the command returns. */
    public static long bpf(int command, long attributes, int size) {
        return syscall(SYS_BPF, command, attributes, size);
    }

    private static native long if_indextoname(int ifindex, byte[] name);

    /** In the calling thread's network namespace. */
    public static boolean interfaceExists(int ifindex) {
        return if_indextoname(ifindex, new byte[IF_NAMESIZE]) != 0;
    }

    /** With {@code va_list}: passed by reference on x86-64 and arm64, so a pointer fits both. */
    interface Print extends Library {
        int vsnprintf(Pointer buffer, long size, Pointer format, Pointer arguments);
    }
}
