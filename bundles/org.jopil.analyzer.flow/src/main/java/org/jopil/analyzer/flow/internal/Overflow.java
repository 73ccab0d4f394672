// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.Arrays;

/** When packets of an interface last found no place in the kernel's table. Allocates only for an interface that is new. */
final class Overflow {
    private static final long NEVER = Long.MIN_VALUE / 2;

    /** By interface id. */
    private long[] packets = new long[0];

    private long[] lastNs = new long[0];
    private boolean risen;

    /** A sensor that restarts counts from 0. */
    void told(int interfaceId, long now, long nowNs) {
        if (interfaceId >= packets.length) {
            int before = packets.length;
            packets = Arrays.copyOf(packets, interfaceId + 1);
            lastNs = Arrays.copyOf(lastNs, interfaceId + 1);
            Arrays.fill(lastNs, before, lastNs.length, NEVER);
        }
        if (packets[interfaceId] != now) {
            packets[interfaceId] = now;
            lastNs[interfaceId] = nowNs;
            risen = true;
        }
    }

    /** Whether some interface had more since this was asked last. */
    boolean takeRisen() {
        boolean was = risen;
        risen = false;
        return was;
    }

    /** Packet time of the last telling of more, long ago if there was none. */
    long lastNs(int interfaceId) {
        return interfaceId < lastNs.length ? lastNs[interfaceId] : NEVER;
    }
}
