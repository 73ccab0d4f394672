// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jopil.api.event.Stage;
import org.jopil.api.source.Cost;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLink;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;
import org.jopil.bpf.NetfilterHook;

/** The programs of {@code journey.bpf.o}: what is attached when, and what is not measured without one. */
final class JourneyPrograms {
    /** Without it nothing that is received can be told apart from what had its address before. */
    static final String NEEDED = "jopil_receive";

    private static final String TCP_READ = "jopil_tcp_read";
    private static final String UDP_READ = "jopil_udp_read";
    private static final String NETFILTER_FIRST = "jopil_netfilter_first";
    private static final String NETFILTER_LAST = "jopil_netfilter_last";

    /** What ends a stage before what begins one: nothing begins that nobody would see ending. */
    private static final List<String> TRACEPOINTS = List.of(
            "jopil_free",
            "jopil_drop_end",
            TCP_READ,
            UDP_READ,
            "jopil_copy",
            "jopil_data_ready",
            "jopil_tcp_probe",
            "jopil_send",
            "jopil_xmit",
            "jopil_start_xmit",
            "jopil_queue",
            NEEDED,
            "jopil_gro_receive");

    private static final Map<String, Set<Stage>> CLOSES = Map.ofEntries(
            Map.entry("jopil_gro_receive", Set.of(Stage.DRIVER)),
            Map.entry("jopil_tcp_probe", Set.of(Stage.TRANSPORT, Stage.SOCKET_QUEUE, Stage.COPY, Stage.RECEIVE_TOTAL)),
            Map.entry("jopil_data_ready", Set.of(Stage.TRANSPORT, Stage.SOCKET_QUEUE)),
            Map.entry("jopil_copy", Set.of(Stage.COPY)),
            Map.entry(TCP_READ, Set.of(Stage.SOCKET_QUEUE, Stage.COPY, Stage.RECEIVE_TOTAL)),
            Map.entry(UDP_READ, Set.of(Stage.SOCKET_QUEUE, Stage.COPY, Stage.RECEIVE_TOTAL)),
            Map.entry(NETFILTER_FIRST, Set.of(Stage.NETFILTER)),
            Map.entry(NETFILTER_LAST, Set.of(Stage.NETFILTER)),
            Map.entry("jopil_queue", Set.of(Stage.SEND_STACK, Stage.QDISC, Stage.DRIVER_TX, Stage.SEND_TOTAL)),
            Map.entry("jopil_start_xmit", Set.of(Stage.QDISC, Stage.DRIVER_TX, Stage.SEND_TOTAL)),
            Map.entry("jopil_xmit", Set.of(Stage.DRIVER_TX, Stage.SEND_TOTAL)));

    private static final Map<String, String> OF_PROTOCOL =
            Map.of("jopil_tcp_probe", "Of TCP: ", TCP_READ, "Of TCP: ", UDP_READ, "Of UDP: ");

    private static final List<NetfilterHook> HOOKS = List.of(
            NetfilterHook.LOCAL_IN, NetfilterHook.POST_ROUTING, NetfilterHook.FORWARD, NetfilterHook.PRE_ROUTING);

    private static final List<String> NETFILTER = List.of(NETFILTER_FIRST, NETFILTER_LAST);

    private static final int MOST_INSTANCES = 16;

    private JourneyPrograms() {}

    /** All that this kernel may take. */
    static List<String> all(boolean netfilter) {
        return netfilter
                ? Stream.concat(TRACEPOINTS.stream(), NETFILTER.stream()).toList()
                : TRACEPOINTS;
    }

    /** What they cost, as far as they were loaded. */
    static List<Cost.Program> cost(Tracing tracing, boolean netfilter) {
        List<Cost.Program> atTracepoints = tracing.cost(TRACEPOINTS, Tracing.TRACEPOINT);
        return netfilter
                ? Stream.concat(atTracepoints.stream(), tracing.cost(NETFILTER, "netfilter").stream())
                        .toList()
                : atTracepoints;
    }

    /**
     * Attaches what was loaded.
     *
     * @return stages that are not measured, all or in part, with the reason, a sentence
     */
    static Map<Stage, String> attach(Tracing tracing, boolean netfilter) {
        Map<Stage, String> missing = new EnumMap<>(Stage.class);
        missing.put(Stage.TC, "JOPIL has no hook at tc that knows a followed packet; its time is in transport");
        if (netfilter) {
            attachNetfilter(tracing, missing);
        } else {
            missing.put(
                    Stage.NETFILTER,
                    "Off, since every packet would pay for it: netfilter = true in etc/org.jopil.tracer.cfg turns it on");
        }
        tracing.attach(TRACEPOINTS);
        for (String refused : tracing.missing) {
            String program = refused.substring(0, refused.indexOf(':'));
            String reason =
                    OF_PROTOCOL.getOrDefault(program, "") + "the kernel did not take " + refused.replaceFirst(":", ",");
            CLOSES.getOrDefault(program, Set.of()).forEach(stage -> missing.putIfAbsent(stage, reason));
        }
        return missing;
    }

    private static void attachNetfilter(Tracing tracing, Map<Stage, String> missing) {
        if (!tracing.has(NETFILTER_FIRST) || !tracing.has(NETFILTER_LAST)) {
            return;
        }
        try {
            attachNetfilter(tracing, false);
            attachNetfilter(tracing, true);
            missing.put(
                    Stage.NETFILTER,
                    "Measured in JOPIL's own network namespace only: a link in another would keep that one alive"
                            + " when it is deleted");
        } catch (BpfException e) {
            missing.put(Stage.NETFILTER, "The kernel did not take a link: " + e.getMessage());
        }
    }

    private static void attachNetfilter(Tracing tracing, boolean ipv6) {
        BpfObject object = tracing.object;
        for (NetfilterHook hook : HOOKS) {
            tracing.add(attach(object.program(NETFILTER_LAST), ipv6, hook, Integer.MAX_VALUE - 1, -1));
            tracing.add(attach(object.program(NETFILTER_FIRST), ipv6, hook, Integer.MIN_VALUE + 1, 1));
        }
    }

    /** Two programs of a hook cannot have the same priority: another JOPIL's may be there. */
    private static BpfLink attach(BpfProgram program, boolean ipv6, NetfilterHook hook, int priority, int step) {
        for (int tries = 1; ; tries++) {
            try {
                return program.attachNetfilter(ipv6, hook, priority);
            } catch (BpfException taken) {
                if (!taken.errno().equals("EBUSY") || tries == MOST_INSTANCES) {
                    throw taken;
                }
                priority += step;
            }
        }
    }
}
