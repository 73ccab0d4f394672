// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jopil.api.event.Direction;
import org.jopil.bpf.internal.Errno;
import org.jopil.bpf.internal.Libbpf;
import org.jopil.bpf.net.TcFilters;

/**
 * A filter on clsact, for kernels without tcx. First of all in both directions: the filters before one that ends the walk
 * are the only ones that see the packet. The qdisc goes with the last filter if it was us who made it.
 */
final class ClsactLink implements BpfLink {
    private static final int PRIORITY = 1;
    private static final int HANDLES = 16;

    /** Qdiscs that this process made: network namespace and interface. */
    private static final Set<String> MADE = new HashSet<>();

    private final Libbpf bpf;
    private final int ifindex;
    private final int point;
    private final int handle;
    private final int programId;
    private boolean closed;

    private ClsactLink(Libbpf bpf, int ifindex, int point, int handle, int programId) {
        this.bpf = bpf;
        this.ifindex = ifindex;
        this.point = point;
        this.handle = handle;
        this.programId = programId;
    }

    static ClsactLink attach(Libbpf bpf, int program, String name, int ifindex, Direction direction) {
        int point = direction == Direction.INGRESS ? Libbpf.BPF_TC_INGRESS : Libbpf.BPF_TC_EGRESS;
        synchronized (MADE) {
            try (Memory hook = hook(ifindex, point)) {
                int result = bpf.bpf_tc_hook_create(hook);
                if (result == 0) {
                    MADE.add(place(ifindex));
                } else if (result != -Errno.EEXIST) {
                    throw refused(name, ifindex, -result);
                }
                for (int handle = 1; handle <= HANDLES; handle++) {
                    try (Memory options = options(program, handle)) {
                        result = bpf.bpf_tc_attach(hook, options);
                        if (result == 0) {
                            return new ClsactLink(bpf, ifindex, point, handle, options.getInt(16));
                        }
                    }
                    if (result != -Errno.EEXIST) {
                        break;
                    }
                }
                removeQdisc(bpf, ifindex);
                throw refused(name, ifindex, -result);
            }
        }
    }

    private static BpfException refused(String name, int ifindex, int errno) {
        return new BpfException("attach " + name + " at clsact to", "interface " + ifindex, errno);
    }

    /** {@code struct bpf_tc_hook}. */
    private static Memory hook(int ifindex, int point) {
        Memory hook = new Memory(24);
        hook.clear();
        hook.setLong(0, 24);
        hook.setInt(8, ifindex);
        hook.setInt(12, point);
        return hook;
    }

    /** {@code struct bpf_tc_opts}. */
    private static Memory options(int program, int handle) {
        Memory options = new Memory(32);
        options.clear();
        options.setLong(0, 32);
        options.setInt(8, program);
        options.setInt(20, handle);
        options.setInt(24, PRIORITY);
        return options;
    }

    private static String place(int ifindex) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")) + " " + ifindex;
        } catch (IOException e) {
            throw new BpfException("find network namespace of", "interface " + ifindex, Errno.EIO);
        }
    }

    /** Takes off a filter that another process left, in the calling thread's namespace; whether it is gone. */
    static boolean detach(Libbpf bpf, TcFilters.TcFilter filter) {
        int point = filter.ingress() ? Libbpf.BPF_TC_INGRESS : Libbpf.BPF_TC_EGRESS;
        try (Memory hook = hook(filter.ifindex(), point);
                Memory options = options(0, filter.handle())) {
            options.setInt(24, filter.priority());
            return bpf.bpf_tc_detach(hook, options) == 0;
        }
    }

    private static void removeQdisc(Libbpf bpf, int ifindex) {
        String place = place(ifindex);
        if (MADE.contains(place) && TcFilters.list(ifindex).isEmpty()) {
            MADE.remove(place);
            try (Memory both = hook(ifindex, Libbpf.BPF_TC_INGRESS | Libbpf.BPF_TC_EGRESS)) {
                bpf.bpf_tc_hook_destroy(both);
            }
        }
    }

    @Override
    public int id() {
        return 0;
    }

    @Override
    public String kind() {
        return "clsact";
    }

    @Override
    public synchronized boolean isSevered() {
        if (closed) {
            return true;
        }
        try (Memory hook = hook(ifindex, point);
                Memory options = options(0, handle)) {
            return bpf.bpf_tc_query(hook, options) < 0 || options.getInt(16) != programId;
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        if (!isSevered()) {
            try (Memory hook = hook(ifindex, point);
                    Memory options = options(0, handle)) {
                bpf.bpf_tc_detach(hook, options);
            }
        }
        closed = true;
        synchronized (MADE) {
            removeQdisc(bpf, ifindex);
        }
    }
}
