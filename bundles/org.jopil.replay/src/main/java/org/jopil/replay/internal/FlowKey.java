// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import org.jopil.api.event.Direction;
import org.jopil.decode.HeaderParser;

/** One direction of one flow on one interface, by the fields that the kernel's table has. */
record FlowKey(
        int interfaceId,
        Direction direction,
        int vlan,
        int innerVlan,
        int ipProtocol,
        boolean fragment,
        long srcHi,
        long srcLo,
        long dstHi,
        long dstLo,
        int srcPort,
        int dstPort) {
    static FlowKey of(int interfaceId, Direction direction, HeaderParser packet) {
        return new FlowKey(
                interfaceId,
                direction,
                packet.outerVlan(),
                packet.innerVlan(),
                packet.ipProtocol(),
                packet.isLaterFragment(),
                packet.srcHi(),
                packet.srcLo(),
                packet.dstHi(),
                packet.dstLo(),
                packet.srcPort(),
                packet.dstPort());
    }
}
