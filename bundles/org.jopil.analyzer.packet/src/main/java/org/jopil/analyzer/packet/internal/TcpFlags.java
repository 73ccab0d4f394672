// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.util.ArrayList;
import java.util.List;

/** Names of the bits in byte 13 of the TCP header, made once for all 256 sets. */
final class TcpFlags {
    private static final String[] NAMES = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    private static final List<List<String>> LISTS = lists();
    private static final List<String> TEXTS =
            LISTS.stream().map(list -> String.join(",", list)).toList();

    private TcpFlags() {}

    static List<String> list(int flags) {
        return LISTS.get(flags & 0xFF);
    }

    static String text(int flags) {
        return TEXTS.get(flags & 0xFF);
    }

    private static List<List<String>> lists() {
        List<List<String>> lists = new ArrayList<>();
        for (int flags = 0; flags < 256; flags++) {
            List<String> names = new ArrayList<>();
            for (int bit = 0; bit < 8; bit++) {
                if ((flags & 1 << bit) != 0) {
                    names.add(NAMES[bit]);
                }
            }
            lists.add(List.copyOf(names));
        }
        return List.copyOf(lists);
    }
}
