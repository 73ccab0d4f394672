// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import java.util.Locale;

/** How a leg of a journey ended: from the first hook of the receive path to the read, or from the device's queue to the driver. */
public enum JourneyEnd {
    READ("the application read it"),
    SENT("the driver has it, or another device of this host"),
    FORWARDED("received, then sent on"),
    PASSED_UP("received by a port, then by what it is a port of"),
    DROPPED("dropped"),
    FREED("freed before its end was seen"),
    NO_DATA("nothing in it to be read, as in an acknowledgement"),
    DUPLICATE("had been read already"),
    MERGED("merged into another by GRO"),
    GONE_TCP("lost from sight in TCP: not established, or not for this host"),
    GONE_UDP("lost from sight in UDP: queued by another CPU, or a clone was"),
    GONE_OTHER("lost from sight in another protocol"),
    GONE_SENT("lost from sight when sent: segmented, or a clone was sent"),
    DISPLACED("its place was needed for another packet"),
    NOT_IN_QUEUE("queued, but not found in the queue"),
    ORDER_LOST("left the queue unobserved"),
    UNREAD("its place among the waiting was needed again"),
    NO_STORAGE("no memory for the socket's record"),
    BUSY("two CPUs queued to one socket at once"),
    READ_RACE("taken by one of two reads, not known which"),
    SEVERAL_READERS("threads take turns at the socket"),
    ROW_FULL("too many wait in its socket");

    private final String sentence;

    JourneyEnd(String sentence) {
        this.sentence = sentence;
    }

    /** For people. */
    public String sentence() {
        return sentence;
    }

    /** Whether this says where the packet went; else it could not be joined to what came next, for the reason it names. */
    public boolean isKnown() {
        return ordinal() <= DUPLICATE.ordinal();
    }

    /** As in reports: {@code no_data}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
