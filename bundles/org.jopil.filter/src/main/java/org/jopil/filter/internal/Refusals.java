// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.List;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.LinkType;

/** libpcap's refusals in the words of our errors. Its texts are those of libpcap 1.8 to 1.10. */
final class Refusals {
    private Refusals() {}

    static boolean rejectsAll(String message) {
        return message.contains("rejects all packets");
    }

    static FilterException explain(String typed, int column, LinkType linkType, String message) {
        if (message.contains("syntax error")) {
            return mistake(
                    "'" + typed + "' is no arithmetic that libpcap understands",
                    column,
                    "bytes, numbers and one comparison, such as tcp[13] & 2 != 0");
        }
        if (message.contains("netmask not known")) {
            return mistake(
                    "'" + typed + "' needs the network's mask, which a packet does not tell",
                    column,
                    "the address itself, such as dst host 192.168.1.255");
        }
        if (message.contains("inbound/outbound not supported")) {
            return mistake(
                    "'" + typed + "' asks for the direction, which is no byte of the packet",
                    column,
                    "the rest of the filter; the direction is chosen where packets are taken");
        }
        if (linkType == LinkType.RAW_IP && (rejectsAll(message) || message.contains("not supported"))) {
            return mistake(
                    "'" + typed + "' matches nothing on a device without Ethernet",
                    column,
                    "primitives of IP, such as ip, tcp or host 10.0.0.1");
        }
        return mistake("libpcap refuses '" + typed + "': " + message, column, "another primitive");
    }

    private static FilterException mistake(String message, int column, String expected) {
        return new FilterException(message, column, expected, List.of());
    }
}
