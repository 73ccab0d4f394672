// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jopil.bpf.internal.Btf;
import org.jopil.bpf.internal.ElfObject;
import org.jopil.bpf.internal.Errno;
import org.jopil.bpf.internal.KernelInfo;
import org.jopil.bpf.internal.LayoutTable;
import org.jopil.bpf.internal.Libbpf;
import org.jopil.bpf.internal.LibbpfLibrary;
import org.jopil.bpf.internal.Libc;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link BpfLoader} by libbpf through JNA. */
@Component(service = BpfLoader.class)
public final class NativeBpfLoader implements BpfLoader {
    private static final int XDP_ATTACHED_DRV = 1;
    private static final int XDP_ATTACHED_SKB = 2;
    private static final int XDP_ATTACHED_HW = 3;

    @Activate
    void activate() {
        Logger log = LoggerFactory.getLogger("org.jopil.bpf.libbpf");
        if (log.isDebugEnabled()) {
            LibbpfLibrary.log(log::debug);
        }
    }

    @Deactivate
    void deactivate() {
        LibbpfLibrary.log(null);
        LibbpfLibrary.release();
    }

    @Override
    public BpfObject open(String object) {
        byte[] bytes;
        try (InputStream in = NativeBpfLoader.class.getResourceAsStream("/bpf/" + object)) {
            if (in == null) {
                throw new BpfException("open", object, Errno.ENOENT);
            }
            bytes = in.readAllBytes();
        } catch (IOException e) {
            throw new BpfException("read " + e.getMessage() + " of", object, Errno.EIO);
        }
        return open(object, bytes, true);
    }

    /** Opens bytes of anyone's object, whose layout is checked or not. */
    public BpfObject open(String object, byte[] bytes, boolean checkLayout) {
        ElfObject elf = ElfObject.parse(bytes);
        Btf btf = Btf.parse(elf.section(".BTF"));
        if (checkLayout) {
            String difference = LayoutTable.difference(LayoutTable.of(btf), Layout.class);
            if (!difference.isEmpty()) {
                throw new BpfException("open", object + ": its layout is not ours: " + difference, 0);
            }
        }
        return new NativeObject(LibbpfLibrary.get(), object, bytes, elf, btf);
    }

    @Override
    public int possibleCpus() {
        int cpus = LibbpfLibrary.get().libbpf_num_possible_cpus();
        if (cpus < 0) {
            throw new BpfException("count", "possible CPUs", -cpus);
        }
        return cpus;
    }

    @Override
    public RunTimeStats measureRunTimes() {
        int fd = LibbpfLibrary.get().bpf_enable_stats(Libbpf.BPF_STATS_RUN_TIME);
        if (fd < 0) {
            throw new BpfException("measure", "run times", -fd);
        }
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.getAndSet(false)) {
                Libc.close(fd);
            }
        };
    }

    @Override
    public Optional<XdpHolder> xdpHolder(int ifindex) {
        if (!Libc.interfaceExists(ifindex)) {
            throw new BpfException("query XDP of", "interface " + ifindex, Errno.ENODEV);
        }
        Libbpf bpf = LibbpfLibrary.get();
        try (Memory options = new Memory(32)) {
            options.clear();
            options.setLong(0, 32);
            int result = bpf.bpf_xdp_query(ifindex, 0, options);
            if (result < 0) {
                throw new BpfException("query XDP of", "interface " + ifindex, -result);
            }
            // prog_id, drv_prog_id, hw_prog_id, skb_prog_id, attach_mode: with several, prog_id is 0
            int id = 0;
            for (int at = 8; at <= 20 && id == 0; at += 4) {
                id = options.getInt(at);
            }
            if (id == 0) {
                return Optional.empty();
            }
            return Optional.of(new XdpHolder(id, mode(options.getByte(24)), name(bpf, id)));
        }
    }

    private static String mode(byte attached) {
        switch (attached) {
            case XDP_ATTACHED_DRV:
                return "native";
            case XDP_ATTACHED_SKB:
                return "generic";
            case XDP_ATTACHED_HW:
                return "offloaded";
            default:
                return "multiple";
        }
    }

    private static String name(Libbpf bpf, int programId) {
        int fd = bpf.bpf_prog_get_fd_by_id(programId);
        if (fd < 0) {
            return "";
        }
        try {
            return KernelInfo.program(fd).name();
        } finally {
            Libc.close(fd);
        }
    }
}
