// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jopil.api.event.Direction;
import org.jopil.bpf.internal.Errno;
import org.jopil.bpf.internal.KernelInfo;
import org.jopil.bpf.internal.Libbpf;
import org.jopil.bpf.internal.Libc;

/** {@link BpfProgram} of a {@link NativeObject}. */
final class NativeProgram implements BpfProgram {
    private static final int TEST_RUN_OPTIONS_BYTES = 80;
    /** What a test run may grow a frame by; the kernel's headroom is 256. */
    private static final int HEADROOM_BYTES = 512;

    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int BPF_LINK_CREATE = 28;
    private static final int LINK_CREATE_BYTES = 64;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    private final Libbpf bpf;
    private final NativeObject owner;
    private final String name;
    private final int fd;
    private final int id;

    NativeProgram(Libbpf bpf, NativeObject owner, String name, int fd) {
        this.bpf = bpf;
        this.owner = owner;
        this.name = name;
        this.fd = fd;
        this.id = KernelInfo.program(fd).id();
    }

    private int fd() {
        if (owner.isClosed()) {
            throw new IllegalStateException("program " + name + " is closed");
        }
        return fd;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public BpfLink attachXdp(int ifindex, XdpMode mode) {
        boolean driver = mode == XdpMode.NATIVE;
        int link = link(ifindex, Libbpf.BPF_XDP, driver ? Libbpf.XDP_FLAGS_DRV_MODE : Libbpf.XDP_FLAGS_SKB_MODE);
        if (link == -Errno.EINVAL && !Libc.interfaceExists(ifindex)) {
            // XDP links say EINVAL for an interface that is not there; everything else says ENODEV
            link = -Errno.ENODEV;
        }
        if (link < 0) {
            throw refused(driver ? "xdp-native" : "xdp-generic", ifindex, -link);
        }
        return new FdLink(bpf, link, driver ? "xdp-native" : "xdp-generic");
    }

    @Override
    public BpfLink attachTcx(int ifindex, Direction direction) {
        boolean ingress = direction == Direction.INGRESS;
        int type = ingress ? Libbpf.BPF_TCX_INGRESS : Libbpf.BPF_TCX_EGRESS;
        // before or after without an anchor: before or after all
        int link = link(ifindex, type, ingress ? Libbpf.BPF_F_BEFORE : Libbpf.BPF_F_AFTER);
        if (link == -Errno.EINVAL) {
            link = link(ifindex, type, 0);
        }
        if (link < 0) {
            throw refused("tcx", ifindex, -link);
        }
        return new FdLink(bpf, link, "tcx");
    }

    @Override
    public BpfLink attachClsact(int ifindex, Direction direction) {
        return ClsactLink.attach(bpf, fd(), name, ifindex, direction);
    }

    @Override
    public BpfLink attachTracepoint() {
        // the load has bound it to its tracepoint
        int link = bpf.bpf_raw_tracepoint_open(null, fd());
        if (link < 0) {
            throw new BpfException("attach", name, -link);
        }
        return new FdLink(bpf, link, FdLink.TRACEPOINT);
    }

    @Override
    public BpfLink attachCgroup(Path cgroup) {
        int folder = Libc.open(cgroup.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (folder < 0) {
            throw new BpfException("open", cgroup.toString(), Native.getLastError());
        }
        try {
            int link = link(folder, Libbpf.BPF_CGROUP_INET_SOCK_CREATE, 0);
            if (link < 0) {
                throw new BpfException("attach " + name + " to", cgroup.toString(), -link);
            }
            return new FdLink(bpf, link, FdLink.CGROUP);
        } finally {
            Libc.close(folder);
        }
    }

    @Override
    public BpfLink attachNetfilter(boolean ipv6, NetfilterHook hook, int priority) {
        long link;
        int errno;
        // libbpf takes netfilter options from 1.3 on. link_create of union bpf_attr: prog_fd, target_fd, attach_type,
        // flags; netfilter: pf, hooknum, priority, flags
        try (Memory attributes = new Memory(LINK_CREATE_BYTES)) {
            attributes.clear();
            attributes.setInt(0, fd());
            attributes.setInt(8, Libbpf.BPF_NETFILTER);
            attributes.setInt(16, ipv6 ? AF_INET6 : AF_INET);
            attributes.setInt(20, hook.ordinal());
            attributes.setInt(24, priority);
            link = Libc.bpf(BPF_LINK_CREATE, Pointer.nativeValue(attributes), LINK_CREATE_BYTES);
            errno = Native.getLastError();
        }
        if (link < 0) {
            throw new BpfException("attach " + name + " to", "netfilter " + hook + (ipv6 ? " of IPv6" : ""), errno);
        }
        return new FdLink(bpf, (int) link, FdLink.NETFILTER);
    }

    @Override
    public void iterate(BpfMap over, int recordBytes, Consumer<ByteBuffer> records) {
        int link = iterator(over);
        if (link < 0) {
            throw new BpfException("attach", name, -link);
        }
        int run = bpf.bpf_iter_create(link);
        try (Memory chunk = new Memory(CHUNK_BYTES + recordBytes)) {
            if (run < 0) {
                throw new BpfException("run", name, -run);
            }
            read(run, chunk, recordBytes, records);
        } finally {
            if (run >= 0) {
                Libc.close(run);
            }
            Libc.close(link);
        }
    }

    private int iterator(BpfMap over) {
        // struct bpf_link_create_opts { size_t sz; __u32 flags; union bpf_iter_link_info *iter_info; __u32
        // iter_info_len; … }
        try (Memory info = new Memory(16);
                Memory options = new Memory(32)) {
            info.clear();
            options.clear();
            options.setLong(0, 32);
            if (over != null) {
                info.setInt(0, NativeMap.of(over).fd());
                options.setPointer(16, info);
                options.setInt(24, 16);
            }
            return bpf.bpf_link_create(fd(), 0, Libbpf.BPF_TRACE_ITER, options);
        }
    }

    /** A read may end within a record: its begin is put before the next one. */
    private void read(int run, Memory chunk, int recordBytes, Consumer<ByteBuffer> records) {
        ByteBuffer bytes = chunk.getByteBuffer(0, chunk.size()).order(ByteOrder.nativeOrder());
        int begun = 0;
        while (true) {
            long got = Libc.read(run, Pointer.nativeValue(chunk) + begun, CHUNK_BYTES);
            int errno = got < 0 ? Native.getLastError() : 0;
            if (errno == Errno.EINTR || errno == Errno.EAGAIN) {
                continue; // the kernel pauses after a million objects without a record
            }
            if (got < 0) {
                throw new BpfException("read", name, errno);
            }
            if (got == 0) {
                return;
            }
            int there = begun + (int) got;
            int at = 0;
            for (; at + recordBytes <= there; at += recordBytes) {
                records.accept(bytes.slice(at, recordBytes).order(ByteOrder.nativeOrder()));
            }
            begun = there - at;
            for (int i = 0; i < begun; i++) {
                bytes.put(i, bytes.get(at + i));
            }
        }
    }

    private int link(int ifindex, int type, int flags) {
        // struct bpf_link_create_opts { size_t sz; __u32 flags; ... }
        try (Memory options = new Memory(16)) {
            options.clear();
            options.setLong(0, 16);
            options.setInt(8, flags);
            return bpf.bpf_link_create(fd(), ifindex, type, options);
        }
    }

    private BpfException refused(String hook, int ifindex, int errno) {
        return new BpfException("attach " + name + " at " + hook + " to", "interface " + ifindex, errno);
    }

    @Override
    public TestResult testRun(byte[] frame, TestOptions options) {
        byte[] context = options.context();
        try (Memory in = new Memory(frame.length);
                Memory out = new Memory(frame.length + (long) HEADROOM_BYTES);
                Memory contextIn = new Memory(Math.max(1, context.length));
                Memory run = new Memory(TEST_RUN_OPTIONS_BYTES)) {
            in.write(0, frame, 0, frame.length);
            run.clear();
            run.setLong(0, TEST_RUN_OPTIONS_BYTES);
            run.setPointer(8, in);
            run.setPointer(16, out);
            run.setInt(24, frame.length);
            run.setInt(28, (int) out.size());
            if (context.length > 0) {
                contextIn.write(0, context, 0, context.length);
                run.setPointer(32, contextIn);
                run.setInt(48, context.length);
            }
            run.setInt(60, options.repeat());
            int result;
            do {
                // long repeats are interrupted by signals, which the JVM uses
                result = bpf.bpf_prog_test_run_opts(fd(), run);
            } while (result == -Errno.EINTR);
            if (result < 0) {
                throw new BpfException("test-run", name, -result);
            }
            return new TestResult(run.getInt(56), run.getInt(64), out.getByteArray(0, run.getInt(28)));
        }
    }

    @Override
    public Info info() {
        KernelInfo.Program info = KernelInfo.program(fd());
        return new Info(
                info.id(),
                info.name(),
                info.tag(),
                info.verifiedInstructions(),
                info.translatedBytes(),
                info.runTimeNs(),
                info.runs(),
                info.missedRuns());
    }
}
