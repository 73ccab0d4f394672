// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.MemoryPlan;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.XdpHolder;
import org.jopil.bpf.net.NetException;

/** What can go wrong with an interface, as a person is told. */
final class Problems {
    static final int EPERM = 1;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int EEXIST = 17;
    static final int ENODEV = 19;
    static final int ERANGE = 34;
    static final int EOPNOTSUPP = 95;

    private static final List<String> CAPABILITIES =
            List.of("CAP_NET_ADMIN", "CAP_PERFMON", "CAP_BPF", "CAP_SYS_ADMIN");
    private static final int[] CAPABILITY_BITS = {12, 38, 39, 21};
    private static final int LOG_LINES = 20;

    private Problems() {}

    /** The objects could not be loaded. */
    static JopilException load(BpfException e) {
        if (e.errnoNumber() == EPERM
                || e.errnoNumber() == EACCES && e.verifierLog().isEmpty()) {
            String has = capabilities();
            boolean enough = has.contains("CAP_BPF") && has.contains("CAP_PERFMON") || has.contains("CAP_SYS_ADMIN");
            String why = enough
                    ? "The process has " + has
                            + ", yet the kernel answered EPERM: a seccomp profile or a security module" + " forbids it."
                    : "The process lacks CAP_BPF and CAP_PERFMON (it has: " + has
                            + "). Start it as root, or with systemd:"
                            + " systemctl edit jopil, AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_NET_ADMIN.";
            return new JopilException(
                    "JOPIL-101",
                    403,
                    "JOPIL may not load eBPF programs",
                    why + " See what this machine offers: jopil doctor",
                    e);
        }
        return new JopilException(
                "JOPIL-130",
                500,
                "The kernel refused JOPIL's program",
                e.getMessage() + " on Linux " + System.getProperty("os.version")
                        + ". Please report it with the output of" + " jopil doctor --json" + lastLines(e.verifierLog()),
                e);
    }

    /** What every CPU would get is less than the sensor can work with. */
    static JopilException tooLittleMemory(int budgetMib, int cpus, IllegalArgumentException e) {
        return new JopilException(
                "JOPIL-105",
                507,
                "memory_mib = " + budgetMib + " is too little for " + cpus + " possible CPUs",
                "Each of them needs a region and a ring of its own. The least here is " + MemoryPlan.leastMib(cpus)
                        + ": set memory_mib in etc/org.jopil.sensor.cfg",
                e);
    }

    /** The kernel does not measure run times. */
    static JopilException notMeasured(BpfException e) {
        return new JopilException(
                "JOPIL-106",
                e.errnoNumber() == EPERM ? 403 : 501,
                "Run times cannot be measured",
                "The kernel answered: " + e.getMessage() + ". It needs CAP_SYS_ADMIN and Linux 5.8 (the process has: "
                        + capabilities() + "). Everything else goes on",
                e);
    }

    private static String lastLines(String log) {
        if (log.isBlank()) {
            return "";
        }
        List<String> lines = log.lines().toList();
        return "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }

    private static String capabilities() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    long bits = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                    List<String> names = new ArrayList<>();
                    for (int i = 0; i < CAPABILITY_BITS.length; i++) {
                        if ((bits >> CAPABILITY_BITS[i] & 1) != 0) {
                            names.add(CAPABILITIES.get(i));
                        }
                    }
                    return names.isEmpty() ? "none of those that count" : String.join(" ", names);
                }
            }
        } catch (IOException e) {
            return "unknown, /proc/self/status cannot be read";
        }
        return "unknown";
    }

    /** Its network namespace cannot be entered, or rtnetlink not be asked. */
    static JopilException namespace(String name, NetException e) {
        return e.errnoNumber() == EPERM
                ? mayNotAttach(name, e)
                : new JopilException(
                        "JOPIL-129", 500, "Cannot attach to " + name, "The kernel answered: " + e.getMessage(), e);
    }

    static JopilException mayNotAttach(String name, RuntimeException e) {
        return new JopilException(
                "JOPIL-102",
                403,
                "JOPIL may not attach to interfaces",
                "Attaching to " + name + " needs CAP_NET_ADMIN in its network namespace (the process has: "
                        + capabilities() + "). Start JOPIL as root",
                e);
    }

    /** Somebody else's program is on the XDP hook. */
    static JopilException taken(String name, AttachMode asked, Optional<XdpHolder> holder, BpfException e) {
        String who = holder.map(Problems::describe).orElse("A program that is gone by now");
        boolean sameMode = holder.isEmpty() || holder.get().mode().equals(asked.text());
        String tc = "Watch " + name + " through tc instead, beside it: jopil attach " + name + " --mode tcx";
        if (sameMode) {
            return new JopilException(
                    "JOPIL-120",
                    409,
                    name + " already runs another XDP program",
                    who + " is attached. JOPIL did not touch it. " + tc,
                    e);
        }
        return new JopilException(
                "JOPIL-121",
                409,
                name + " has an XDP program in the other mode",
                who
                        + " is attached, and native and generic XDP cannot be active at the same time. JOPIL did not touch it. "
                        + tc,
                e);
    }

    static String describe(XdpHolder holder) {
        String id = "id " + holder.programId() + ", " + holder.mode();
        return holder.name().isEmpty()
                ? "A program (" + id + "; its name: bpftool prog show id " + holder.programId() + ")"
                : "Program \"" + holder.name() + "\" (" + id + ")";
    }

    static JopilException mtuTooLarge(String name, int mtu, BpfException e) {
        return new JopilException(
                "JOPIL-123",
                409,
                "MTU " + mtu + " is too large for native XDP on " + name,
                "Lower the MTU (of its peer, too), or watch through tc: jopil attach " + name + " --mode tcx",
                e);
    }

    static String noNativeXdp(String name, String driver) {
        String who = driver.isEmpty() ? name : driver;
        return "JOPIL-122 Driver '" + who
                + "' has no native XDP; switched to generic XDP: correct results, lower speed";
    }

    static JopilException unknown(String name, List<String> names) {
        List<String> near = near(name, names);
        String hint = !near.isEmpty()
                ? "Did you mean " + String.join(" or ", near) + "?"
                : names.isEmpty()
                        ? ""
                        : "There are: " + String.join(", ", names.subList(0, Math.min(12, names.size()))) + ".";
        return new JopilException(
                "JOPIL-124",
                404,
                "Interface " + name + " does not exist",
                hint.isEmpty() ? "See: jopil interfaces" : hint + " See: jopil interfaces");
    }

    static JopilException unknownNamespace(String name, String namespace) {
        return new JopilException(
                "JOPIL-124",
                404,
                "Interface " + name + " does not exist",
                "There is no network namespace " + namespace + ". See: ip netns list");
    }

    static JopilException other(String name, BpfException e) {
        return new JopilException(
                "JOPIL-129",
                500,
                "Cannot attach to " + name,
                "The kernel answered: " + e.getMessage() + ". See: jopil doctor",
                e);
    }

    /** By the device alone: a long namespace in front would make all of its interfaces alike. */
    private static List<String> near(String name, List<String> names) {
        List<String> devices =
                NearNames.of(device(name), names.stream().map(Problems::device).toList());
        return names.stream()
                .filter(other -> devices.contains(device(other)))
                .limit(3)
                .toList();
    }

    private static String device(String name) {
        return name.substring(name.indexOf('/') + 1);
    }
}
