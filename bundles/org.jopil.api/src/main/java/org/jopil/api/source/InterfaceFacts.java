// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import java.util.Optional;

/**
 * What the kernel and the driver tell of an interface, by rtnetlink and ethtool. Nothing is guessed: what they do not
 * tell is empty.
 *
 * @param linkType as iproute2 names ARPHRD_ numbers: {@code ether}, {@code loopback}, {@code none}; {@code [N]} if it has
 *     no name
 * @param mac six hexadecimal bytes with colons; empty if it has none
 * @param driverVersion the driver's own, which is the kernel's for most
 * @param bus address of the device on its bus ({@code 0000:00:03.0}), as {@code ethtool -i} shows it
 * @param speedMbps megabits per second, of the link or, on virtual devices, what the driver pretends
 * @param duplex {@code full} or {@code half}
 * @param offloads those that are on, as {@code ethtool -k} names them
 * @param rxQueues in use, as {@code ethtool -l} counts: combined ones are of both kinds
 * @param rxQueuesMost that the device was made with (IFLA_NUM_RX_QUEUES)
 * @param numaNode that the device is attached to
 */
public record InterfaceFacts(
        Optional<String> linkType,
        Optional<String> mac,
        Optional<String> driverVersion,
        Optional<String> bus,
        Optional<Integer> speedMbps,
        Optional<String> duplex,
        Optional<List<String>> offloads,
        Optional<Integer> rxQueues,
        Optional<Integer> txQueues,
        Optional<Integer> rxQueuesMost,
        Optional<Integer> txQueuesMost,
        Optional<Integer> numaNode) {
    /** Nothing is known. */
    public static final InterfaceFacts NONE = new InterfaceFacts(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    public InterfaceFacts {
        offloads = offloads.map(List::copyOf);
    }

    /** The same with another MAC address. */
    public InterfaceFacts withMac(Optional<String> other) {
        return new InterfaceFacts(
                linkType,
                other,
                driverVersion,
                bus,
                speedMbps,
                duplex,
                offloads,
                rxQueues,
                txQueues,
                rxQueuesMost,
                txQueuesMost,
                numaNode);
    }
}
