// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.List;
import org.jopil.api.filter.FilterException;
import org.jopil.bpf.ClassicCompiler;

/** libpcap's refusals in the words of our errors. Its texts are those of libpcap 1.8 to 1.10. */
final class Refusals {
    private Refusals() {}

    static boolean rejectsAll(String message) {
        return message.contains("rejects all packets");
    }

    static FilterException explain(String typed, int column, String message) {
        if (message.contains("syntax error")) {
            return mistake(
                    "'" + typed + "' is no arithmetic that libpcap understands",
                    column,
                    "bytes, numbers and one comparison, such as tcp[13] & 2 != 0");
        }
        if (message.startsWith(ClassicCompiler.UNDEFINED)) {
            return mistake(
                    "What stands behind 'geneve' is read inside the tunnel, and here of packets without one, too",
                    column,
                    "'geneve' at the end, or only 'and' behind it");
        }
        if (message.contains("netmask not known")) {
            return mistake(
                    "'" + typed + "' needs the network's mask, which a packet does not tell",
                    column,
                    "the address itself, such as dst host 192.168.1.255");
        }
        if (needsEthernet(message)) {
            return mistake(
                    "'" + typed + "' matches nothing on a device without Ethernet",
                    column,
                    "primitives of IP, such as ip, tcp or host 10.0.0.1");
        }
        if (message.contains("data size must be")) {
            return mistake(
                    "'" + typed + "' reads a number of bytes that is none of 1, 2 and 4", column, ":1, :2 or :4 in []");
        }
        if (message.contains("greater than maximum")) {
            return mistake("'" + typed + "' is too large: " + message, column, "a smaller number");
        }
        if (message.contains("division") || message.contains("modulus") || message.contains("shift")) {
            return mistake("'" + typed + "' has no result: " + message, column, "arithmetic that has one");
        }
        return mistake(
                "libpcap refuses '" + typed + "': " + message,
                column,
                "primitives of Ethernet, IP and what they carry");
    }

    /** Said of devices without it only, but for the first, which the caller tells apart. */
    private static boolean needsEthernet(String message) {
        return rejectsAll(message)
                || message.contains("for Raw IP")
                || message.contains("supported only on ethernet")
                || message.contains("not a broadcast link");
    }

    private static FilterException mistake(String message, int column, String expected) {
        return new FilterException(message, column, expected, List.of());
    }
}
