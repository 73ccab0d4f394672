// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What the counters of struct rtnl_link_stats64 mean (if_link.h of Linux 6.18), for who runs the machine. */
enum DeviceCounter {
    RX_ERRORS(
            "Frames that came in damaged, or that the device could not take; the other rx counters say of which kind."),
    TX_ERRORS("Packets that the device could not send; the other tx counters say of which kind."),
    RX_DROPPED("Came in whole and were dropped, by the driver for want of memory, or by the kernel: nobody took them."),
    TX_DROPPED("Dropped on their way out, by the driver: its queue was full, or the other end does not take them."),
    COLLISIONS("Two stations sent at once: normal on half duplex, else the two ends disagree about duplex."),
    RX_LENGTH_ERRORS("Frames that are too long or too short: compare the MTU of both ends."),
    RX_OVER_ERRORS("Frames for which the device had no room: the host takes them too slowly."),
    RX_CRC_ERRORS("Frames with a wrong checksum: cable, plug, optics or the port at the other end."),
    RX_FRAME_ERRORS("Frames that do not end where they should: cable, plug, or the two ends disagree about duplex."),
    RX_FIFO_ERRORS("The device's own buffer ran over: the host takes frames too slowly."),
    RX_MISSED_ERRORS("The host had no free buffer for them: the receive ring is too small, or its CPU too busy."),
    TX_ABORTED_ERRORS("Sending was given up, after too many collisions or as the link went."),
    TX_CARRIER_ERRORS("The link was gone while it was sent: cable, plug, optics or the port at the other end."),
    TX_FIFO_ERRORS("The device ran out of data in the middle of a frame: its bus is too slow or too busy."),
    TX_HEARTBEAT_ERRORS("The transceiver did not confirm what was sent, on Ethernet of 10 Mbit/s."),
    TX_WINDOW_ERRORS(
            "Collisions that came late in the frame: a cable too long, or the two ends disagree about duplex."),
    RX_NOHANDLER("Came in on a part of a bond that is not in use; nobody takes them there."),
    RX_OTHERHOST_DROPPED(
            "For another host's MAC address: a switch that floods, a wrong neighbour entry, or promiscuous mode.");

    final String sentence;

    DeviceCounter(String sentence) {
        this.sentence = sentence;
    }

    static Optional<DeviceCounter> named(String name) {
        return Stream.of(values()).filter(c -> c.kernelName().equals(name)).findFirst();
    }

    private String kernelName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
