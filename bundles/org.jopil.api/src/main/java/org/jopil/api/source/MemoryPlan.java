// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Locale;

/**
 * One memory budget, shared out: a seventh of it, in whole MiB, is the kernel's, for flow tables and rings over all CPUs;
 * the rest is the heap. Plain arithmetic, so that it can be asked about any machine. Immutable.
 *
 * <p>Every possible CPU gets the same region, and only that CPU writes it: traffic that arrives at one queue has one
 * region, {@code 1 / cpus} of the tables.
 *
 * @param budgetMib MiB for heap and kernel maps together
 * @param cpus possible CPUs, at least 1
 * @param ipv4Slots slots of one CPU for IPv4 flows, a power of two
 * @param ipv6Slots slots of one CPU for IPv6 flows, a power of two
 * @param ringBytes ring of one CPU for packet events, a power of two
 */
public record MemoryPlan(int budgetMib, int cpus, int ipv4Slots, int ipv6Slots, int ringBytes) {
    public static final int DEFAULT_MIB = 448;
    public static final int LEAST_MIB = 128;
    public static final int MOST_MIB = 16_384;

    /** Kernel memory of a slot: the flow and what the reader acknowledged of it. */
    public static final int IPV4_SLOT_BYTES = 72;

    public static final int IPV6_SLOT_BYTES = 136;
    /** Heap of a live flow with its place in the index, growth included. */
    public static final int LIVE_FLOW_BYTES = 160;

    private static final int KERNEL_SHARE = 7;
    private static final int RING_SHARE = 8;
    /** The table of IPv6 flows is at least this fraction of the table of IPv4 flows. */
    private static final int IPV6_SHARE = 8;
    /** Live flows take two fifths of the heap: the rest is the platform's, and the answers'. */
    private static final double LIVE_FLOW_SHARE = 0.4;

    private static final int LEAST_IPV4_SLOTS = 512;
    private static final int LEAST_IPV6_SLOTS = 64;
    private static final int LEAST_RING_BYTES = 64 << 10;
    private static final int MOST_RING_BYTES = 1 << 20;
    private static final int MOST_IPV4_SLOTS = 1 << 24;
    private static final int MOST_IPV6_SLOTS = 1 << 23;
    private static final int LEAST_LIVE_FLOWS = 1024;
    private static final int MOST_LIVE_FLOWS = 1 << 24;
    private static final long LEAST_KERNEL_BYTES =
            LEAST_RING_BYTES + (long) LEAST_IPV4_SLOTS * IPV4_SLOT_BYTES + (long) LEAST_IPV6_SLOTS * IPV6_SLOT_BYTES;

    /**
     * Shares the budget out.
     *
     * @throws IllegalArgumentException if it is less than {@link #leastMib} for so many CPUs
     */
    public static MemoryPlan of(int budgetMib, int cpus) {
        if (budgetMib < leastMib(cpus)) {
            throw new IllegalArgumentException(
                    budgetMib + " MiB are too little for " + cpus + " CPUs, the least is " + leastMib(cpus) + " MiB");
        }
        long share = mib(budgetMib / KERNEL_SHARE) / cpus;
        int ring = (int) clamp(powerOfTwo(share / RING_SHARE), LEAST_RING_BYTES, MOST_RING_BYTES);
        long tables = share - ring;
        int ipv4 = (int) Math.min(
                powerOfTwo(tables / (IPV4_SLOT_BYTES + IPV6_SLOT_BYTES / IPV6_SHARE)),
                powerOfTwo(MOST_IPV4_SLOTS / cpus));
        long left = (tables - (long) ipv4 * IPV4_SLOT_BYTES) / IPV6_SLOT_BYTES;
        int ipv6 = (int) Math.min(powerOfTwo(left), Math.min(ipv4, powerOfTwo(MOST_IPV6_SLOTS / cpus)));
        return new MemoryPlan(budgetMib, cpus, ipv4, ipv6, ring);
    }

    /**
     * The same with sizes that somebody chose; 0 leaves one as it is.
     *
     * @param ipv4Capacity slots for IPv4 flows over all CPUs; rounded down to a power of two per CPU, at least 64
     * @param ipv6Capacity as for IPv4
     * @param ringKib ring of one CPU, KiB; rounded down to a power of two, at least 64
     */
    public MemoryPlan with(int ipv4Capacity, int ipv6Capacity, int ringKib) {
        return new MemoryPlan(
                budgetMib,
                cpus,
                ipv4Capacity == 0 ? ipv4Slots : chosen(ipv4Capacity),
                ipv6Capacity == 0 ? ipv6Slots : chosen(ipv6Capacity),
                ringKib == 0 ? ringBytes : Math.max(LEAST_RING_BYTES, Integer.highestOneBit(ringKib) << 10));
    }

    private int chosen(int capacity) {
        return (int) Math.max(LEAST_IPV6_SLOTS, powerOfTwo(capacity / cpus));
    }

    /** The smallest budget for so many CPUs, MiB. */
    public static int leastMib(int cpus) {
        long kernelMib = (cpus * LEAST_KERNEL_BYTES + mib(1) - 1) / mib(1);
        return (int) Math.max(LEAST_MIB, KERNEL_SHARE * kernelMib);
    }

    /** The heap's part of a budget, MiB; the launcher gives it to the JVM. Does not depend on the CPUs. */
    public static int heapMib(int budgetMib) {
        return budgetMib - budgetMib / KERNEL_SHARE;
    }

    /** Flows that a heap of so many bytes keeps at a time. */
    public static int liveFlows(long heapBytes) {
        return (int) clamp((long) (heapBytes * LIVE_FLOW_SHARE / LIVE_FLOW_BYTES), LEAST_LIVE_FLOWS, MOST_LIVE_FLOWS);
    }

    /** The same budget, without anybody's choice, on a machine with so many CPUs; as {@link #of}. */
    public MemoryPlan on(int otherCpus) {
        return of(budgetMib, otherCpus);
    }

    /** Whether the kernel's part is the same, CPU by CPU. */
    public boolean hasSizesOf(MemoryPlan other) {
        return cpus == other.cpus
                && ipv4Slots == other.ipv4Slots
                && ipv6Slots == other.ipv6Slots
                && ringBytes == other.ringBytes;
    }

    /** Of all CPUs. */
    public long ipv4Bytes() {
        return (long) cpus * ipv4Slots * IPV4_SLOT_BYTES;
    }

    /** Of all CPUs. */
    public long ipv6Bytes() {
        return (long) cpus * ipv6Slots * IPV6_SLOT_BYTES;
    }

    /** Of all CPUs. */
    public long ringsBytes() {
        return (long) cpus * ringBytes;
    }

    /** Flow tables and rings; beside them every watched interface has its counters, 16 KiB a CPU. */
    public long kernelBytes() {
        return ipv4Bytes() + ipv6Bytes() + ringsBytes();
    }

    /** As people read it: what is the kernel's, and what one CPU has of it. */
    public String text() {
        return String.format(
                Locale.ROOT,
                "kernel %s MiB (IPv4 flows %s, IPv6 flows %s, rings %s): each of %d CPUs has %,d + %,d slots",
                inMib(kernelBytes()),
                inMib(ipv4Bytes()),
                inMib(ipv6Bytes()),
                inMib(ringsBytes()),
                cpus,
                ipv4Slots,
                ipv6Slots);
    }

    private static String inMib(long bytes) {
        return bytes % mib(1) == 0
                ? Long.toString(bytes / mib(1))
                : String.format(Locale.ROOT, "%.1f", (double) bytes / mib(1));
    }

    private static long mib(long number) {
        return number << 20;
    }

    private static long powerOfTwo(long atMost) {
        return Long.highestOneBit(atMost);
    }

    private static long clamp(long value, long least, long most) {
        return Math.max(least, Math.min(most, value));
    }
}
