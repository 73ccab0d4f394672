// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.Cost;
import org.jopil.api.source.MemoryPlan;

/** What watching costs, as reports: REST and the shell show the same columns. No state; any thread. */
public final class CostReports {
    /** Columns of {@link #programs}. */
    public static final List<Column> PROGRAMS = List.of(
            column("interface", Type.TEXT, "where it is attached; null if it sees the whole machine"),
            column("direction", Type.TEXT, "ingress or egress; null if it does not go by that"),
            column("hook", Type.TEXT, "at which hook"),
            column("program", Type.TEXT, "name in the kernel"),
            detail("program_id", Type.NUMBER, "kernel's id"),
            column("runs", Type.NUMBER, "how often it ran while it was measured; null if that was never asked for"),
            column(
                    "packets",
                    Type.PACKETS,
                    "wire packets it counted: more than runs where super-packets pass; null if it does not count"),
            column("gross_ns_per_run", Type.REAL, "run time as the kernel tells it, the measuring itself included"),
            column("ns_per_run", Type.REAL, "without the measuring itself"),
            column("ns_per_packet", Type.REAL, "the same per wire packet; null if it counted none"),
            detail("measuring_ns", Type.REAL, "what a run of an empty program showed: the measuring itself"),
            detail("begin", Type.TIME, "when measuring began"),
            detail("end", Type.TIME, "when it ended, or will end"),
            detail("running", Type.BOOLEAN, "whether it is being measured now"));

    /** Columns of {@link #memory}. */
    public static final List<Column> MEMORY = List.of(
            column("cpus", Type.NUMBER, "possible CPUs"),
            column("here", Type.BOOLEAN, "whether this is the machine JOPIL runs on; the others are for comparison"),
            column("ipv4_slots", Type.NUMBER, "slots of one CPU for IPv4 flows, one a direction"),
            column("ipv6_slots", Type.NUMBER, "slots of one CPU for IPv6 flows, one a direction"),
            column("ring_bytes", Type.BYTES, "ring of one CPU for packet events"),
            detail("ipv4_bytes", Type.BYTES, "table of IPv4 flows, all CPUs"),
            detail("ipv6_bytes", Type.BYTES, "table of IPv6 flows, all CPUs"),
            column(
                    "kernel_bytes",
                    Type.BYTES,
                    "flow tables and rings of all CPUs; here as the kernel tells, with the counters"),
            column("heap_bytes", Type.BYTES, "largest heap: here the running one, elsewhere what the budget gives"),
            column("live_flows", Type.NUMBER, "flows that such a heap keeps at a time"),
            column("memory_mib", Type.NUMBER, "the budget, as configured"),
            column("note", Type.TEXT, "what does not follow from the budget"));

    private static final List<Integer> COMPARED = List.of(1, 2, 8, 64, 256);
    /** The largest heap as the JVM tells it is less than -Xmx by a survivor space. */
    private static final double HEAP_TOLERANCE = 0.05;

    private CostReports() {}

    /** A row for every program that was attached during the last measurement; without one, for those attached now. */
    public static Report programs(Query query, Cost cost) throws FilterException {
        Report.Builder rows = Report.of(query, PROGRAMS.toArray(Column[]::new));
        Optional<Cost.Measurement> measurement = cost.measurement();
        if (measurement.isEmpty()) {
            for (Cost.Program p : cost.programs()) {
                rows.row(
                        place(p),
                        direction(p),
                        p.hook(),
                        p.name(),
                        p.id(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        false);
            }
            return rows.build();
        }
        Cost.Measurement measured = measurement.get();
        for (Cost.Program p : measured.programs()) {
            double netNs = p.netNs(measured.measuringNs());
            rows.row(
                    place(p),
                    direction(p),
                    p.hook(),
                    p.name(),
                    p.id(),
                    p.runs(),
                    p.interfaceName().isEmpty() ? null : p.packets(),
                    per(p.runTimeNs(), p.runs()),
                    per(netNs, p.runs()),
                    per(netNs, p.packets()),
                    tenths(measured.measuringNs()),
                    ns(measured.begin()),
                    ns(measured.end()),
                    measured.running());
        }
        return rows.build();
    }

    private static String place(Cost.Program program) {
        return program.interfaceName().isEmpty() ? null : program.interfaceName();
    }

    private static String direction(Cost.Program program) {
        return program.direction() == null ? null : program.direction().text();
    }

    private static Double per(double ns, long number) {
        return number == 0 ? null : tenths(ns / number);
    }

    private static double tenths(double value) {
        return Math.round(value * 10) / 10.0;
    }

    private static long ns(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }

    /**
     * How the budget is shared out here, and would be elsewhere.
     *
     * @param here as it is in force
     * @param kernelBytes as the kernel tells
     * @param heapBytes the running JVM's largest
     */
    public static Report memory(Query query, MemoryPlan here, long kernelBytes, long heapBytes) throws FilterException {
        Report.Builder rows = Report.of(query, MEMORY.toArray(Column[]::new));
        long plannedHeap = (long) MemoryPlan.heapMib(here.budgetMib()) << 20;
        for (int cpus : sorted(here.cpus())) {
            if (cpus == here.cpus()) {
                row(rows, here, true, kernelBytes, heapBytes, note(here, heapBytes, plannedHeap));
            } else if (here.budgetMib() < MemoryPlan.leastMib(cpus)) {
                rows.row(
                        cpus,
                        false,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        plannedHeap,
                        MemoryPlan.liveFlows(plannedHeap),
                        here.budgetMib(),
                        "too little: the least is " + MemoryPlan.leastMib(cpus));
            } else {
                MemoryPlan there = here.on(cpus);
                row(rows, there, false, there.kernelBytes(), plannedHeap, null);
            }
        }
        return rows.build();
    }

    private static TreeSet<Integer> sorted(int here) {
        TreeSet<Integer> cpus = new TreeSet<>(COMPARED);
        cpus.add(here);
        return cpus;
    }

    private static void row(
            Report.Builder rows, MemoryPlan plan, boolean here, long kernelBytes, long heapBytes, String note)
            throws FilterException {
        rows.row(
                plan.cpus(),
                here,
                plan.ipv4Slots(),
                plan.ipv6Slots(),
                plan.ringBytes(),
                plan.ipv4Bytes(),
                plan.ipv6Bytes(),
                kernelBytes,
                heapBytes,
                MemoryPlan.liveFlows(heapBytes),
                plan.budgetMib(),
                note);
    }

    private static String note(MemoryPlan here, long heapBytes, long plannedHeap) {
        MemoryPlan planned = here.on(here.cpus());
        List<String> notes = new ArrayList<>();
        if (planned.ipv4Slots() != here.ipv4Slots()) {
            notes.add("IPv4 slots by flow_capacity_ipv4");
        }
        if (planned.ipv6Slots() != here.ipv6Slots()) {
            notes.add("IPv6 slots by flow_capacity_ipv6");
        }
        if (planned.ringBytes() != here.ringBytes()) {
            notes.add("rings by ring_kib");
        }
        if (Math.abs(heapBytes - plannedHeap) > plannedHeap * HEAP_TOLERANCE) {
            notes.add("heap of " + (plannedHeap >> 20) + " MiB from the next start");
        }
        return notes.isEmpty() ? null : String.join("; ", notes);
    }
}
