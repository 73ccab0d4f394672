// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What this kernel gives with these rights, found out by trying, never by version. Nothing stays: what is made is closed
 * at once, and links are tried where they must be refused, so that nothing is ever attached.
 */
final class Probe {
    private static final int MAP_OPTIONS_BYTES = 48;
    private static final int LOAD_OPTIONS_BYTES = 104;
    private static final int NO_INTERFACE = Integer.MAX_VALUE;
    private static final int LOOPBACK = 1;
    private static final long MOV_R0 = 0xb7L;
    private static final long EXIT = 0x95L;
    /** {@code r0 = *(u64 *)(r1 + 16)}: the third argument of a tracepoint. */
    private static final long LOAD_THIRD_ARGUMENT = 0x79L | 0x10L << 8 | 16L << 16;

    private final Libbpf bpf;

    Probe(Libbpf bpf) {
        this.bpf = bpf;
    }

    /** 0, or the errno that says why not. */
    int array(int flags) {
        return close(map(Libbpf.BPF_MAP_TYPE_ARRAY, 4, 8, 1, flags, 0));
    }

    int ring() {
        return close(map(Libbpf.BPF_MAP_TYPE_RINGBUF, 0, 0, Libc.PAGE_BYTES, 0, 0));
    }

    int mapOfRings() {
        int ring = map(Libbpf.BPF_MAP_TYPE_RINGBUF, 0, 0, Libc.PAGE_BYTES, 0, 0);
        if (ring < 0) {
            return -ring;
        }
        int outer = close(map(Libbpf.BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 1, 0, ring));
        Libc.close(ring);
        return outer;
    }

    int xdp(boolean frags) {
        return close(program(Libbpf.BPF_PROG_TYPE_XDP, Libbpf.BPF_XDP, frags ? Libbpf.BPF_F_XDP_HAS_FRAGS : 0, 2));
    }

    int tc() {
        return close(program(Libbpf.BPF_PROG_TYPE_SCHED_CLS, 0, 0, -1));
    }

    int netfilter() {
        return close(program(Libbpf.BPF_PROG_TYPE_NETFILTER, Libbpf.BPF_NETFILTER, 0, 1));
    }

    /** tcx looks for the interface, an older kernel for the attach type. */
    int tcxLink() {
        return link(
                program(Libbpf.BPF_PROG_TYPE_SCHED_CLS, 0, 0, -1), NO_INTERFACE, Libbpf.BPF_TCX_INGRESS, Errno.ENODEV);
    }

    /** The driver of lo has no native XDP, so a kernel that knows XDP links always refuses it with EOPNOTSUPP. */
    int xdpLink() {
        int program = program(Libbpf.BPF_PROG_TYPE_XDP, Libbpf.BPF_XDP, 0, 2);
        int errno = link(program, LOOPBACK, Libbpf.BPF_XDP, Errno.EOPNOTSUPP);
        // a generic program on lo is in the way before the driver is asked
        return errno == Errno.EEXIST || errno == Errno.EBUSY ? 0 : errno;
    }

    /** Whether a program can read the drop reason: its third argument. {@code ESRCH} without BTF. */
    int dropReasons() {
        int id = bpf.libbpf_find_vmlinux_btf_id("kfree_skb", Libbpf.BPF_TRACE_RAW_TP);
        if (id < 0) {
            return -id;
        }
        return close(
                load(Libbpf.BPF_PROG_TYPE_TRACING, Libbpf.BPF_TRACE_RAW_TP, 0, id, LOAD_THIRD_ARGUMENT, MOV_R0, EXIT));
    }

    /** Whether what is loaded is compiled to machine code. */
    boolean jit() {
        int fd = program(Libbpf.BPF_PROG_TYPE_SCHED_CLS, 0, 0, -1);
        if (fd < 0) {
            return false;
        }
        try {
            return KernelInfo.program(fd).jitedBytes() > 0;
        } finally {
            Libc.close(fd);
        }
    }

    private int map(int type, int key, int value, int entries, int flags, int inner) {
        try (Memory options = new Memory(MAP_OPTIONS_BYTES)) {
            options.clear();
            options.setLong(0, MAP_OPTIONS_BYTES);
            options.setInt(24, inner);
            options.setInt(28, flags);
            return bpf.bpf_map_create(type, "jopil_probe", key, value, entries, options);
        }
    }

    private int program(int type, int attachType, int flags, int result) {
        return load(type, attachType, flags, 0, MOV_R0 | (long) result << 32, EXIT);
    }

    private int load(int type, int attachType, int flags, int btfId, long... instructions) {
        try (Memory code = new Memory(8L * instructions.length);
                Memory options = new Memory(LOAD_OPTIONS_BYTES)) {
            code.write(0, instructions, 0, instructions.length);
            options.clear();
            options.setLong(0, LOAD_OPTIONS_BYTES);
            options.setInt(12, attachType);
            options.setInt(20, flags);
            options.setInt(32, btfId);
            return bpf.bpf_prog_load(type, "jopil_probe", "GPL", code, instructions.length, options);
        }
    }

    private int link(int program, int ifindex, int type, int wanted) {
        if (program < 0) {
            return -program;
        }
        try (Memory options = new Memory(16)) {
            options.clear();
            options.setLong(0, 16);
            options.setInt(8, type == Libbpf.BPF_XDP ? Libbpf.XDP_FLAGS_DRV_MODE : 0);
            int result = bpf.bpf_link_create(program, ifindex, type, options);
            if (result >= 0) {
                Libc.close(result);
                return 0;
            }
            return -result == wanted ? 0 : -result;
        } finally {
            Libc.close(program);
        }
    }

    private static int close(int fd) {
        if (fd < 0) {
            return -fd;
        }
        Libc.close(fd);
        return 0;
    }

    /** Effective capabilities that matter to BPF, by name; {@code "all"} of a full root. */
    static List<String> capabilities() {
        long effective = 0;
        for (String line : lines("/proc/self/status")) {
            if (line.startsWith("CapEff:")) {
                effective = Long.parseUnsignedLong(
                        line.substring("CapEff:".length()).strip(), 16);
            }
        }
        List<String> names = new ArrayList<>();
        if ((effective & 1L << 12) != 0) {
            names.add("CAP_NET_ADMIN");
        }
        if ((effective & 1L << 21) != 0) {
            names.add("CAP_SYS_ADMIN");
        }
        if ((effective & 1L << 38) != 0) {
            names.add("CAP_PERFMON");
        }
        if ((effective & 1L << 39) != 0) {
            names.add("CAP_BPF");
        }
        return names;
    }

    /** {@code none}, {@code integrity} or {@code confidentiality}; empty if it cannot be told. */
    static String lockdown() {
        for (String line : lines("/sys/kernel/security/lockdown")) {
            int open = line.indexOf('[');
            int close = line.indexOf(']');
            if (open >= 0 && close > open) {
                return line.substring(open + 1, close);
            }
        }
        return "";
    }

    static boolean realtime() {
        return lines("/sys/kernel/realtime").contains("1");
    }

    /** 0 if it cannot be told. */
    int onlineCpus() {
        return count(lines("/sys/devices/system/cpu/online"));
    }

    /** CPUs of a list as the kernel writes it: {@code 0-3,8}. */
    static int count(List<String> list) {
        int cpus = 0;
        for (String line : list) {
            for (String range : line.strip().split(",", -1)) {
                String[] ends = range.split("-", -1);
                cpus += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
            }
        }
        return cpus;
    }

    static boolean kernelTypes() {
        return Files.isReadable(Path.of("/sys/kernel/btf/vmlinux"));
    }

    private static List<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            return List.of();
        }
    }
}
