// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import java.util.Locale;

/** A part of a packet's way through the kernel, from one hook to another. In the order of the way. */
public enum Stage {
    /** From the driver's hand-over to GRO until the stack begins: GRO, and the wait in a backlog. */
    DRIVER(true, JourneyHook.GRO_RECEIVE, JourneyHook.RECEIVE),
    /** Programs and filters of traffic control. */
    TC(true, JourneyHook.RECEIVE, JourneyHook.TC_INGRESS),
    /** In the hooks of netfilter: PREROUTING and INPUT, or FORWARD and POSTROUTING. */
    NETFILTER(true, JourneyHook.PRE_ROUTING, JourneyHook.LOCAL_IN),
    /** The stack, all until the socket has it; of TCP, until it is in sequence. */
    TRANSPORT(true, JourneyHook.RECEIVE, JourneyHook.DATA_READY),
    /** The wait in the socket's queue for the application to read. */
    SOCKET_QUEUE(true, JourneyHook.DATA_READY, JourneyHook.COPY),
    /** The copy to the application. */
    COPY(true, JourneyHook.COPY, JourneyHook.READ),
    RECEIVE_TOTAL(true, JourneyHook.GRO_RECEIVE, JourneyHook.READ),
    /** TCP: from the departure time it gave the packet to the device's queue. */
    SEND_STACK(false, JourneyHook.SEND, JourneyHook.QUEUE),
    /** The wait in the queueing discipline of the device. */
    QDISC(false, JourneyHook.QUEUE, JourneyHook.START_XMIT),
    /** The driver; of a virtual device all that the other side does at once. */
    DRIVER_TX(false, JourneyHook.START_XMIT, JourneyHook.XMIT),
    SEND_TOTAL(false, JourneyHook.QUEUE, JourneyHook.XMIT);

    private final boolean receive;
    private final JourneyHook from;
    private final JourneyHook to;

    Stage(boolean receive, JourneyHook from, JourneyHook to) {
        this.receive = receive;
        this.from = from;
        this.to = to;
    }

    /** {@code receive} or {@code send}. */
    public String direction() {
        return receive ? "receive" : "send";
    }

    /** Where it begins. */
    public JourneyHook from() {
        return from;
    }

    /** Where it ends. */
    public JourneyHook to() {
        return to;
    }

    /** As in reports: {@code socket_queue}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
