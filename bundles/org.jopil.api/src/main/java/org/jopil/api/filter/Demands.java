// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import java.util.List;

/**
 * What every row that a filter matches has. It may match less than that, never more.
 *
 * @param protocol IANA number, 0 if it may be any
 * @param addresses numeric; each is that of one side or the other
 * @param ports each is that of one side or the other
 */
public record Demands(int protocol, List<String> addresses, List<Integer> ports) {
    /** Nothing is demanded. */
    public static final Demands NONE = new Demands(0, List.of(), List.of());

    public Demands {
        addresses = List.copyOf(addresses);
        ports = List.copyOf(ports);
    }

    public boolean isEmpty() {
        return protocol == 0 && addresses.isEmpty() && ports.isEmpty();
    }
}
