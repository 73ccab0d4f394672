// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jopil.api.JopilException;
import org.jopil.api.source.Applications;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Doctor;
import org.jopil.api.source.MemoryPlan;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.PcapCompiler;
import org.jopil.bpf.XdpHolder;
import org.jopil.bpf.net.Link;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetworkNamespace;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** {@link Doctor} by {@link Probe}; the same with and without OSGi. */
@Component(service = Doctor.class)
public final class KernelDoctor implements Doctor {
    private static final int OLDEST_JAVA = 17;
    /** Karaf 4.4 needs the security manager's API, which ended with 24. */
    private static final int NEWEST_JAVA = 23;

    private static final String RIGHTS = "CAP_BPF CAP_PERFMON CAP_NET_ADMIN";
    private static final String GRANT =
            "run JOPIL with sudo, or with systemd: systemctl edit jopil, then AmbientCapabilities=" + RIGHTS;
    private static final String NEWER = "install a newer kernel of your distribution";

    /** The launcher's, when no instance runs. */
    private static final String BUDGET = "jopil.memory";

    /** The launcher's, when no instance runs: whether the configuration has {@code ndpi = true}. */
    private static final String NDPI_WANTED = "jopil.ndpi";

    private static final String NDPI = "libndpi.so.4.2";

    private static final int LARGE = 64;

    /** Null without OSGi, and while no sensor runs. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Cost cost;

    /** Whoever names applications, while it is to ask libndpi, too; null without OSGi. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC, target = "(ndpi=true)")
    volatile Applications withNdpi;

    @Override
    public List<Finding> examine() {
        List<Finding> findings = new ArrayList<>();
        findings.add(java());
        Libbpf bpf;
        try {
            bpf = LibbpfLibrary.get();
        } catch (BpfException e) {
            findings.add(required("libbpf", "", e.object() + " (JOPIL-113).", "apt install libbpf1"));
            return findings;
        }
        findings.add(ok("libbpf", true, bpf.libbpf_version_string() + " from the " + origin()));
        Probe probe = new Probe(bpf);
        Finding rights = rights(probe);
        findings.add(rights);
        if (rights.status() == Status.MISSING) {
            for (String capability : List.of("Sensor", "Attach to interfaces", "Exact flows", "Packet details")) {
                findings.add(untried(capability, true));
            }
            for (String capability : List.of("Native XDP", "Jumbo frames at XDP", "Drop reasons", "Netfilter stages")) {
                findings.add(untried(capability, false));
            }
        } else {
            findings.add(sensor(probe));
            findings.add(attach(probe));
            findings.add(flows(probe));
            findings.add(packets(probe));
            findings.add(nativeXdp(probe));
            findings.add(jumbo(probe));
            findings.add(jit(probe));
            findings.add(drops(probe));
            findings.add(netfilter(probe));
        }
        findings.add(packetFilters());
        findings.add(secondOpinion(withNdpi != null || Boolean.getBoolean(NDPI_WANTED), NDPI));
        findings.add(types());
        findings.add(lockdown());
        findings.add(memory(probe, bpf.libbpf_num_possible_cpus()));
        foreign(findings);
        return findings;
    }

    private static String origin() {
        String origin = LibbpfLibrary.origin();
        return origin.equals("bundle") ? "distribution" : origin;
    }

    private static Finding java() {
        int feature = Runtime.version().feature();
        String hook = "Java " + System.getProperty("java.version");
        if (feature >= OLDEST_JAVA && feature <= NEWEST_JAVA) {
            return ok("Java", true, hook);
        }
        return required(
                "Java",
                hook,
                "Apache Karaf 4.4 runs on Java " + OLDEST_JAVA + " to " + NEWEST_JAVA + ".",
                "apt install openjdk-17-jre-headless");
    }

    private static Finding rights(Probe probe) {
        int errno = probe.array(0);
        if (errno == 0) {
            errno = probe.tc();
        }
        List<String> has = Probe.capabilities();
        if (errno == 0) {
            return ok("Right to load", true, String.join(" ", has));
        }
        if (errno == Errno.EPERM && has.contains("CAP_BPF") && has.contains("CAP_NET_ADMIN")) {
            return required(
                    "Right to load",
                    "",
                    "The kernel refused a map though the capabilities are there: the locked-memory limit is too low"
                            + " (JOPIL-103).",
                    "ulimit -l unlimited, or with systemd: LimitMEMLOCK=infinity");
        }
        return required(
                "Right to load",
                "",
                "JOPIL may not load eBPF programs: it needs " + RIGHTS + " and has "
                        + (has.isEmpty() ? "none of them" : String.join(" ", has)) + "; the kernel said "
                        + Errno.name(errno) + " (JOPIL-101).",
                GRANT);
    }

    private static Finding sensor(Probe probe) {
        try (SensorLoad load = SensorLoad.attempt(probe.xdp(true) == 0)) {
            return ok("Sensor", true, "sensor.bpf.o accepted, " + load.instructions() + " instructions verified");
        } catch (BpfException e) {
            boolean rights = e.errnoNumber() == Errno.EACCES || e.errnoNumber() == Errno.EPERM;
            List<String> has = Probe.capabilities();
            if (rights && !has.contains("CAP_PERFMON") && !has.contains("CAP_SYS_ADMIN")) {
                return required(
                        "Sensor",
                        "",
                        "The kernel lets JOPIL's program in with CAP_PERFMON only; there is " + String.join(" ", has)
                                + " (" + e.errno() + ", JOPIL-101).",
                        GRANT);
            }
            return required(
                    "Sensor",
                    "",
                    "The kernel refused JOPIL's program: " + e.getMessage() + " (JOPIL-130).",
                    "report it with the output of: jopil doctor --json");
        }
    }

    private static Finding attach(Probe probe) {
        if (!Probe.capabilities().contains("CAP_NET_ADMIN")) {
            return required(
                    "Attach to interfaces",
                    "",
                    "Needs CAP_NET_ADMIN in the interface's network namespace (JOPIL-102).",
                    GRANT);
        }
        int errno = probe.tcxLink();
        if (errno == 0) {
            return ok("Attach to interfaces", true, "tcx links, ingress and egress");
        }
        return new Finding(
                "Attach to interfaces",
                Status.DEGRADED,
                true,
                "clsact filters",
                "filters of our own on clsact",
                "No tcx link on this kernel (" + Errno.name(errno)
                        + "; since 6.6). The filters of a killed instance stay until the next start.",
                "jopil cleanup");
    }

    private static Finding flows(Probe probe) {
        int errno = probe.array(Libbpf.BPF_F_MMAPABLE);
        if (errno != 0) {
            return required("Exact flows", "", "No mappable arrays: " + Errno.describe(errno) + " (since 5.5).", NEWER);
        }
        if (Probe.realtime()) {
            return new Finding(
                    "Exact flows",
                    Status.DEGRADED,
                    true,
                    "mappable arrays",
                    "",
                    "This is a PREEMPT_RT kernel: two programs may write one CPU's region at a time, so counts can miss"
                            + " packets.",
                    "boot a kernel without PREEMPT_RT");
        }
        return ok("Exact flows", true, "mappable arrays, one writer a CPU");
    }

    private static Finding packets(Probe probe) {
        int errno = probe.mapOfRings();
        if (errno != 0) {
            return required(
                    "Packet details", "", "No ring buffer per CPU: " + Errno.describe(errno) + " (since 5.8).", NEWER);
        }
        return ok("Packet details", true, "a ring buffer per CPU");
    }

    private static Finding nativeXdp(Probe probe) {
        int errno = probe.xdpLink();
        if (errno == 0) {
            return ok("Native XDP", false, "XDP links, where the driver has XDP");
        }
        return new Finding(
                "Native XDP",
                Status.MISSING,
                false,
                "",
                "tc both ways: same counts",
                "No XDP link: " + Errno.describe(errno) + " (since 5.9).",
                NEWER);
    }

    private static Finding jumbo(Probe probe) {
        int errno = probe.xdp(true);
        if (errno == 0) {
            return ok("Jumbo frames at XDP", false, "xdp.frags");
        }
        return new Finding(
                "Jumbo frames at XDP",
                Status.MISSING,
                false,
                "",
                "tc both ways: same counts",
                "No XDP programs for frames of several buffers: " + Errno.describe(errno) + " (since 5.18).",
                NEWER);
    }

    private static Finding jit(Probe probe) {
        if (probe.jit()) {
            return ok("Machine code", false, "BPF JIT");
        }
        return new Finding(
                "Machine code",
                Status.DEGRADED,
                false,
                "",
                "interpreter",
                "The BPF JIT is off: every packet costs several times as much.",
                "sysctl -w net.core.bpf_jit_enable=1");
    }

    private static Finding drops(Probe probe) {
        int errno = probe.dropReasons();
        if (errno == 0) {
            return ok("Drop reasons", false, "tp_btf/kfree_skb with reason");
        }
        if (errno == Errno.EPERM || errno == Errno.EACCES) {
            return new Finding("Drop reasons", Status.MISSING, false, "", "", "Needs CAP_PERFMON (JOPIL-101).", GRANT);
        }
        return new Finding(
                "Drop reasons",
                Status.MISSING,
                false,
                "",
                "",
                Probe.kernelTypes()
                        ? "The kernel does not tell a program why it drops: " + Errno.describe(errno)
                                + " (since 5.17, JOPIL-112)."
                        : "Needs the kernel's type data, which are missing (JOPIL-110).",
                NEWER);
    }

    private static Finding netfilter(Probe probe) {
        int errno = probe.netfilter();
        if (errno == 0) {
            return ok("Netfilter stages", false, "netfilter programs");
        }
        return new Finding(
                "Netfilter stages",
                Status.MISSING,
                false,
                "",
                "",
                "No BPF programs at netfilter hooks: " + Errno.describe(errno) + " (since 6.4).",
                NEWER);
    }

    private static Finding packetFilters() {
        try {
            return ok("Packet filters", false, new PcapCompiler().version());
        } catch (JopilException e) {
            return new Finding(
                    "Packet filters",
                    Status.MISSING,
                    false,
                    "",
                    "filters of lists",
                    "Filters that read a packet's bytes are compiled by libpcap, which is not here (" + e.code() + ").",
                    PcapCompiler.PACKAGE);
        }
    }

    /** Off, the library is not even loaded. */
    static Finding secondOpinion(boolean wanted, String library) {
        if (!wanted) {
            return ok("Second opinion", false, "off: ndpi in etc/org.jopil.analyzer.application.cfg");
        }
        try {
            Function version = NativeLibrary.getInstance(library).getFunction("ndpi_revision");
            return ok("Second opinion", false, "libndpi " + version.invokeString(new Object[0], false));
        } catch (UnsatisfiedLinkError e) {
            return new Finding(
                    "Second opinion",
                    Status.MISSING,
                    false,
                    "",
                    "our own detectors of applications",
                    "ndpi is on in etc/org.jopil.analyzer.application.cfg, and " + library
                            + " is not here (JOPIL-113).",
                    "apt install libndpi4.2");
        }
    }

    private static Finding types() {
        if (Probe.kernelTypes()) {
            return ok("Kernel type data", false, "/sys/kernel/btf/vmlinux");
        }
        return new Finding(
                "Kernel type data",
                Status.MISSING,
                false,
                "",
                "",
                "Built without CONFIG_DEBUG_INFO_BTF. Counters and flows work; what traces the kernel's inside does not"
                        + " (JOPIL-110).",
                "install a kernel of the distribution");
    }

    private static Finding lockdown() {
        String mode = Probe.lockdown();
        switch (mode) {
            case "confidentiality":
                return new Finding(
                        "Kernel lockdown",
                        Status.DEGRADED,
                        false,
                        mode,
                        "",
                        "Counters and flows work; drop symbols and process names do not (JOPIL-104).",
                        "");
            case "integrity":
                return ok("Kernel lockdown", false, "integrity: tracepoints instead of fentry");
            case "none":
                return ok("Kernel lockdown", false, "none");
            default:
                return ok("Kernel lockdown", false, "not told (no securityfs)");
        }
    }

    private static void foreign(List<Finding> findings) {
        List<Link> taken = Links.list(NetworkNamespace.current()).stream()
                .filter(link -> link.xdpProgramId() != 0)
                .collect(Collectors.toList());
        NativeBpfLoader loader = new NativeBpfLoader();
        for (Link link : taken) {
            loader.xdpHolder(link.index())
                    .filter(h -> !h.name().startsWith("jopil_"))
                    .ifPresent(holder -> {
                        String program = "Program " + (holder.name().isEmpty() ? "" : holder.name() + " ") + "(id "
                                + holder.programId() + ", " + holder.mode() + ")";
                        boolean generic = !holder.mode().equals("native")
                                && !holder.mode().equals("offloaded");
                        findings.add(new Finding(
                                "XDP on " + link.name(),
                                generic ? Status.DEGRADED : Status.OK,
                                false,
                                holder.mode() + ", not ours",
                                "tc both ways, beside it",
                                generic
                                        ? program
                                                + " is there. If it takes frames of several buffers (xdp.frags), tc sees frames"
                                                + " without their Ethernet header and counts them as malformed."
                                        : program + " is there; JOPIL leaves it alone (JOPIL-120).",
                                generic ? "bpftool prog show id " + holder.programId() : ""));
                    });
        }
    }

    private static Optional<XdpHolder> holder(NativeBpfLoader loader, Link link) {
        try {
            return loader.xdpHolder(link.index());
        } catch (BpfException e) {
            // interfaces go while we look
            return Optional.empty();
        }
    }

    private Finding memory(Probe probe, int possible) {
        Cost running = cost;
        Optional<MemoryPlan> inForce = running == null ? Optional.empty() : running.memory();
        int budget = inForce.map(MemoryPlan::budgetMib).orElse(Integer.getInteger(BUDGET, MemoryPlan.DEFAULT_MIB));
        if (budget < MemoryPlan.leastMib(possible)) {
            return required(
                    "Memory",
                    "",
                    "memory_mib = " + budget + " is too little for " + possible + " possible CPUs (JOPIL-105).",
                    "memory_mib = " + MemoryPlan.leastMib(possible) + " in etc/org.jopil.sensor.cfg, or more");
        }
        MemoryPlan plan = inForce.orElseGet(() -> MemoryPlan.of(budget, possible));
        MemoryPlan large = MemoryPlan.of(Math.max(budget, MemoryPlan.leastMib(LARGE)), LARGE);
        String text = "memory_mib " + budget + ": heap " + MemoryPlan.heapMib(budget) + " MiB, " + plan.text()
                + String.format(
                        Locale.ROOT, "; of %d it would have %,d + %,d", LARGE, large.ipv4Slots(), large.ipv6Slots());
        int online = probe.onlineCpus();
        if (online == 0 || online * 2 > possible) {
            return ok("Memory", true, text);
        }
        return new Finding(
                "Memory",
                Status.DEGRADED,
                true,
                text,
                "",
                "Only " + online + " of " + possible
                        + " possible CPUs are online; the regions of the others are memory without a use.",
                "boot with possible_cpus=" + online + ", or raise memory_mib in etc/org.jopil.sensor.cfg");
    }

    private static Finding ok(String capability, boolean required, String hook) {
        return new Finding(capability, Status.OK, required, hook, "", "", "");
    }

    private static Finding required(String capability, String hook, String reason, String fix) {
        return new Finding(capability, Status.MISSING, true, hook, "", reason, fix);
    }

    private static Finding untried(String capability, boolean required) {
        return new Finding(capability, Status.MISSING, required, "", "", "Not tried: needs the right to load.", "");
    }
}
