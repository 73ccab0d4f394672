// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jopil.bpf.MappedRegion;

/**
 * Names for the numbers in the events of followed packets. What was asked for before costs no allocation: it stands in two
 * small tables, in which another one may take its place. One thread.
 */
final class JourneyNames {
    private static final int PLACES = 1024;
    private static final int COMM_BYTES = 16;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** An interface of a namespace. */
    record Place(int netns, int ifindex, String interfaceName, String namespace, boolean isComplete) {}

    /** A name of a process by that of its thread, 16 bytes of it as the kernel has them. */
    private record Command(int pid, long low, long high, String name) {}

    private final InterfaceNames interfaces;
    private final ProcessNames processes = new ProcessNames();
    private final DropReasons reasons = new DropReasons();
    private final Place[] places = new Place[PLACES];
    private final Command[] commands = new Command[PLACES];
    private final byte[] comm = new byte[COMM_BYTES];
    private long lookedNs = System.nanoTime() - LOOK_NS;

    JourneyNames(InterfaceNames interfaces) {
        this.interfaces = interfaces;
    }

    /** What is new is looked for at once, but not for each of many; a name that was out of reach again each 5 s. */
    Place place(int netns, int ifindex) {
        int at = (netns * 31 + ifindex) & (PLACES - 1);
        Place known = places[at];
        boolean seen = known != null && known.netns == netns && known.ifindex == ifindex;
        if (seen && known.isComplete) {
            return known;
        }
        long now = System.nanoTime();
        if (seen || now - lookedNs < LOOK_NS) {
            interfaces.lookAgain();
        } else {
            lookedNs = now;
            interfaces.prepare(netns, ifindex);
        }
        places[at] = new Place(
                netns,
                ifindex,
                interfaces.name(netns, ifindex),
                interfaces.namespace(netns),
                interfaces.knows(netns, ifindex));
        return places[at];
    }

    /**
     * Of a process: that of its first thread, as ps shows it; while that is out of reach, of the thread that was at work.
     *
     * @param at where {@code char comm[16]} of the thread is
     */
    String command(int pid, boolean isFirstThread, MappedRegion data, long at) {
        long low = data.getLong(at);
        long high = data.getLong(at + 8);
        int slot = (int) (((low * 31 + high) * 31 + pid) * 0x9e3779b97f4a7c15L >>> 54) & (PLACES - 1);
        Command known = commands[slot];
        if (known == null || known.pid != pid || known.low != low || known.high != high) {
            String thread = text(data, at);
            String process = isFirstThread ? thread : processes.of(pid);
            known = new Command(pid, low, high, process.isEmpty() ? thread : process);
            commands[slot] = known;
        }
        return known.name;
    }

    private String text(MappedRegion data, long at) {
        int length = 0;
        while (length < COMM_BYTES && data.getUnsignedByte(at + length) != 0) {
            comm[length] = (byte) data.getUnsignedByte(at + length);
            length++;
        }
        return new String(comm, 0, length, StandardCharsets.UTF_8);
    }

    String reason(int number) {
        return reasons.name(number);
    }
}
