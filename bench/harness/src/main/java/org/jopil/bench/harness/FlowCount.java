// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

/** Packets and bytes of a flow; which bytes, {@link Bytes} says. */
record FlowCount(long packets, long bytes) {
    private static final int ETHERNET_BYTES = 14;

    /** What a tool calls the bytes of a packet. */
    enum Bytes {
        /** The frame without FCS. */
        FRAME,
        /** The IP packet. */
        IP
    }

    FlowCount plus(FlowCount other) {
        return new FlowCount(packets + other.packets, bytes + other.bytes);
    }

    /** A count of frames in the unit of a tool. */
    FlowCount in(Bytes unit) {
        return unit == Bytes.FRAME ? this : new FlowCount(packets, bytes - packets * ETHERNET_BYTES);
    }
}
