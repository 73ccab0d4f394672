// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jopil.api.event.Direction;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.Cost;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLink;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.XdpMode;
import org.jopil.bpf.net.Link;

/**
 * The sensor on one interface: an object of its own with its own counters, and its links. Attaching and closing happen in
 * the interface's namespace, on one thread at a time.
 */
final class Attachment implements AutoCloseable {
    private static final int EINVAL = 22;

    private final BpfObject object;
    private final List<Running> programs = new ArrayList<>();
    private final List<Hook> hooks = new ArrayList<>();
    private final Plan plan;
    private final int ifindex;
    private final MappedRegion counters;
    private final long memoryBytes;

    /** Loads the programs of the plan; nothing is attached yet. */
    Attachment(BpfLoader loader, KernelTables tables, int id, Link link, Plan plan) {
        this.plan = plan;
        this.ifindex = link.index();
        this.object = load(loader, tables, id, link, plan);
        try {
            this.counters = object.map("counters").map(false);
            this.memoryBytes = KernelTables.memoryBytes(object, KernelTables.OWN);
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    private static BpfObject load(BpfLoader loader, KernelTables tables, int id, Link link, Plan plan) {
        try {
            return load(loader, tables, id, link, plan, true);
        } catch (BpfException e) {
            if (plan.hook() != AttachMode.NATIVE || e.errnoNumber() != EINVAL) {
                throw e;
            }
            return load(loader, tables, id, link, plan, false); // before Linux 5.18 there is no xdp.frags
        }
    }

    private static BpfObject load(BpfLoader loader, KernelTables tables, int id, Link link, Plan plan, boolean frags) {
        BpfObject object = loader.open(KernelTables.OBJECT);
        try {
            boolean xdpCounts = plan.hook() == AttachMode.NATIVE;
            object.autoload("jopil_clock", false)
                    .autoload("jopil_empty", false)
                    .autoload("jopil_xdp", xdpCounts)
                    .autoload("jopil_xdp_mark", plan.hook() == AttachMode.GENERIC)
                    .autoload("jopil_ingress", !xdpCounts)
                    .autoload("jopil_egress", plan.egress());
            if (!frags) {
                object.withFrags("jopil_xdp", false);
            }
            tables.share(object, id, link.isLayer3(), frags && xdpCounts);
            object.load();
            return object;
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    /**
     * Attaches what the plan says; on an error nothing stays attached.
     *
     * @throws XdpRefusedException if it was XDP that was refused
     * @throws BpfException if it was tc
     *
     */
    void attach() {
        try {
            if (plan.hook() == AttachMode.NATIVE) {
                BpfProgram xdp = program(Role.INGRESS, "jopil_xdp");
                add(Role.INGRESS, () -> attachXdp(xdp, XdpMode.NATIVE));
            } else {
                if (plan.hook() == AttachMode.GENERIC) {
                    BpfProgram mark = program(Role.MARK, "jopil_xdp_mark");
                    add(Role.MARK, () -> attachXdp(mark, XdpMode.GENERIC));
                }
                BpfProgram ingress = program(Role.INGRESS, "jopil_ingress");
                add(Role.INGRESS, () -> attachTc(ingress, Direction.INGRESS));
            }
            if (plan.egress()) {
                BpfProgram egress = program(Role.EGRESS, "jopil_egress");
                add(Role.EGRESS, () -> attachTc(egress, Direction.EGRESS));
            }
        } catch (RuntimeException e) {
            detach();
            throw e;
        }
    }

    private BpfProgram program(Role role, String name) {
        BpfProgram program = object.program(name);
        programs.add(new Running(role, program));
        return program;
    }

    private void add(Role role, Supplier<BpfLink> attach) {
        Hook hook = new Hook(role, attach);
        hook.attach();
        hooks.add(hook);
    }

    private BpfLink attachXdp(BpfProgram program, XdpMode mode) {
        try {
            return program.attachXdp(ifindex, mode);
        } catch (BpfException e) {
            throw new XdpRefusedException(e);
        }
    }

    private BpfLink attachTc(BpfProgram program, Direction direction) {
        try {
            return program.attachTcx(ifindex, direction);
        } catch (BpfException e) {
            if (e.errnoNumber() != EINVAL) {
                throw e;
            }
            return program.attachClsact(ifindex, direction); // before Linux 6.6 there is no tcx
        }
    }

    Plan plan() {
        return plan;
    }

    int ifindex() {
        return ifindex;
    }

    MappedRegion counters() {
        return counters;
    }

    int counterStride() {
        return object.map("counters").stride();
    }

    BpfMap etherTypes() {
        return object.map("non_ip");
    }

    String ingressHook() {
        return kind(Role.INGRESS);
    }

    String egressHook() {
        return kind(Role.EGRESS);
    }

    private String kind(Role role) {
        for (Hook hook : hooks) {
            if (hook.role == role && !hook.severed) {
                return hook.link.kind();
            }
        }
        return "";
    }

    List<Integer> programIds() {
        return programs.stream().map(running -> running.program.id()).toList();
    }

    /**
     * Its programs with runs and run times since they were loaded.
     *
     * @param packets wire packets that were counted in a direction so far
     */
    List<Cost.Program> runTimes(String name, ToLongFunction<Direction> packets) {
        List<Cost.Program> times = new ArrayList<>();
        for (Running running : programs) {
            BpfProgram.Info info = running.program.info();
            Direction direction = running.role == Role.EGRESS ? Direction.EGRESS : Direction.INGRESS;
            times.add(new Cost.Program(
                    name,
                    direction,
                    kind(running.role),
                    running.program.name(),
                    info.id(),
                    info.runs(),
                    running.role == Role.MARK ? 0 : packets.applyAsLong(direction),
                    info.runTimeNs()));
        }
        return times;
    }

    /** Kernel memory of its own maps, bytes: they do not grow. */
    long memoryBytes() {
        return memoryBytes;
    }

    /** Looks at the links; names of the hooks that were severed behind our back, empty if none. */
    String severed() {
        StringBuilder names = new StringBuilder();
        for (Hook hook : hooks) {
            hook.severed |= hook.link.isSevered();
            if (hook.severed) {
                names.append(names.isEmpty() ? "" : " and ").append(hook.name());
            }
        }
        return names.toString();
    }

    boolean hasFilters() {
        return hooks.stream().anyMatch(hook -> hook.link.kind().equals("clsact"));
    }

    boolean isAllSevered() {
        return hooks.stream().allMatch(hook -> hook.severed);
    }

    /** Attaches the severed hooks once more; the counters go on. */
    void mend() {
        for (Hook hook : hooks) {
            if (hook.severed) {
                hook.link.close();
                hook.attach();
            }
        }
    }

    /** Detaches; idempotent. A run that has begun may still end. */
    void detach() {
        hooks.forEach(hook -> hook.link.close());
    }

    /** Frees the counters and the programs; detached, after a grace period, and with nobody reading the counters. */
    @Override
    public void close() {
        detach();
        counters.close();
        object.close();
    }

    /** It was the XDP hook that refused. */
    static final class XdpRefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final BpfException reason;

        XdpRefusedException(BpfException reason) {
            super(reason);
            this.reason = reason;
        }

        BpfException reason() {
            return reason;
        }
    }

    private record Running(Role role, BpfProgram program) {}

    private enum Role {
        INGRESS,
        EGRESS,
        MARK
    }

    private static final class Hook {
        private final Role role;
        private final Supplier<BpfLink> attach;
        private BpfLink link;
        private boolean severed;

        Hook(Role role, Supplier<BpfLink> attach) {
            this.role = role;
            this.attach = attach;
        }

        void attach() {
            link = attach.get();
            severed = false;
        }

        String name() {
            return link.kind() + " " + (role == Role.EGRESS ? "egress" : "ingress");
        }
    }
}
