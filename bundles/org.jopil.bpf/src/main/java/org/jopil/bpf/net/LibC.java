// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** The C library's calls for namespaces and netlink; 64-bit Linux, where size_t and long are a Java long. */
final class LibC {
    static final int O_RDONLY = 0;
    static final int O_CLOEXEC = 0x80000;
    static final int CLONE_NEWNET = 0x4000_0000;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int AF_NETLINK = 16;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_RAW = 3;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOL_SOCKET = 1;
    static final int SO_RCVTIMEO = 20;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EINVAL = 22;

    static {
        Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native int open(String path, int flags) throws LastErrorException;

    static native int close(int fd) throws LastErrorException;

    static native int setns(int fd, int type) throws LastErrorException;

    static native int socket(int domain, int type, int protocol) throws LastErrorException;

    static native int setsockopt(int fd, int level, int option, byte[] value, int length) throws LastErrorException;

    static native long send(int fd, byte[] data, long length, int flags) throws LastErrorException;

    static native long recv(int fd, byte[] data, long length, int flags) throws LastErrorException;

    static native int ioctl(int fd, long request, Pointer argument) throws LastErrorException;
}
