// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Function;
import com.sun.jna.Native;
import org.jopil.bpf.internal.Libc;

/** Mapped memory without a kernel half behind it: what a BPF map gives, for models of its writer. */
public final class SharedMemory {
    private SharedMemory() {}

    /** Zeroed, readable and writable; whole pages. */
    public static MappedRegion region(long bytes) {
        int fd = Function.getFunction("c", "memfd_create").invokeInt(new Object[] {"jopil", 0});
        if (fd < 0) {
            throw new BpfException("make", "shared memory", Native.getLastError());
        }
        try {
            int failed = Function.getFunction("c", "ftruncate").invokeInt(new Object[] {fd, bytes});
            if (failed != 0) {
                throw new BpfException("size", "shared memory", Native.getLastError());
            }
            return MappedRegion.map("shared memory", fd, 0, bytes, true);
        } finally {
            Libc.close(fd);
        }
    }
}
