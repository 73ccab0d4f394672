// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import java.util.Map;

/** errno of Linux by name (asm-generic: x86-64 and arm64 agree), with the words of strerror. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int E2BIG = 7;
    public static final int EAGAIN = 11;
    public static final int ENODEV = 19;
    public static final int EEXIST = 17;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EINVAL = 22;
    public static final int EOPNOTSUPP = 95;

    private static final Map<Integer, String> TEXTS = Map.ofEntries(
            Map.entry(EPERM, "EPERM operation not permitted"),
            Map.entry(ENOENT, "ENOENT no such file or entry"),
            Map.entry(3, "ESRCH no such process or symbol"),
            Map.entry(EINTR, "EINTR interrupted"),
            Map.entry(EIO, "EIO input/output error"),
            Map.entry(6, "ENXIO no such device or address"),
            Map.entry(E2BIG, "E2BIG argument list too long or table full"),
            Map.entry(8, "ENOEXEC wrong object format"),
            Map.entry(9, "EBADF bad file descriptor"),
            Map.entry(EAGAIN, "EAGAIN try again"),
            Map.entry(12, "ENOMEM out of memory"),
            Map.entry(EACCES, "EACCES permission denied"),
            Map.entry(14, "EFAULT bad address"),
            Map.entry(EBUSY, "EBUSY device or resource busy"),
            Map.entry(EEXIST, "EEXIST exists already"),
            Map.entry(ENODEV, "ENODEV no such device"),
            Map.entry(EINVAL, "EINVAL invalid argument"),
            Map.entry(23, "ENFILE too many open files in the system"),
            Map.entry(24, "EMFILE too many open files"),
            Map.entry(27, "EFBIG too large"),
            Map.entry(28, "ENOSPC no space left"),
            Map.entry(34, "ERANGE out of range"),
            Map.entry(38, "ENOSYS not implemented"),
            Map.entry(67, "ENOLINK link has been severed"),
            Map.entry(90, "EMSGSIZE message too long"),
            Map.entry(92, "ENOPROTOOPT protocol not available"),
            Map.entry(EOPNOTSUPP, "EOPNOTSUPP operation not supported"),
            Map.entry(99, "EADDRNOTAVAIL cannot assign requested address"),
            Map.entry(110, "ETIMEDOUT timed out"),
            Map.entry(116, "ESTALE stale revision"),
            Map.entry(524, "ENOTSUPP operation is not supported"));

    private Errno() {}

    /** {@code "EBUSY"}; {@code "errno 513"} for one without a name here. */
    public static String name(int errno) {
        String text = TEXTS.get(errno);
        return text == null ? "errno " + errno : text.substring(0, text.indexOf(' '));
    }

    /** {@code "EBUSY, device or resource busy"}. */
    public static String describe(int errno) {
        String text = TEXTS.get(errno);
        return text == null ? "errno " + errno : text.replaceFirst(" ", ", ");
    }
}
