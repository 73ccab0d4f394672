// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.HashMap;
import java.util.Map;

/** Names of ports in IANA's registry of service names and port numbers. Any thread. */
public final class Services {
    private static final Map<String, Map<Integer, String>> BY_TRANSPORT = read();

    private Services() {}

    /** Null if nothing is registered. {@code transport}: tcp, udp, sctp or dccp. */
    public static String name(String transport, int port) {
        return BY_TRANSPORT.getOrDefault(transport, Map.of()).get(port);
    }

    private static Map<String, Map<Integer, String>> read() {
        Map<String, Map<Integer, String>> names = new HashMap<>();
        Table.read("names/services.tsv", columns -> {
            for (String transport : columns[1].split(",")) {
                names.computeIfAbsent(transport, t -> new HashMap<>())
                        .putIfAbsent(Integer.valueOf(columns[0]), columns[2]);
            }
        });
        return names;
    }
}
