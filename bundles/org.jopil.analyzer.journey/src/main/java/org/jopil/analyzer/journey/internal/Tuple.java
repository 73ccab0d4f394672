// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import org.jopil.api.event.Addresses;
import org.jopil.api.event.JourneyBatch;
import org.jopil.api.event.Protocols;

/** Whose packet it was, as its headers said where it was chosen. */
record Tuple(int ipProtocol, long srcHi, long srcLo, int srcPort, long dstHi, long dstLo, int dstPort) {
    static Tuple of(JourneyBatch batch, int row) {
        return new Tuple(
                batch.ipProtocol(row),
                batch.srcHi(row),
                batch.srcLo(row),
                batch.srcPort(row),
                batch.dstHi(row),
                batch.dstLo(row),
                batch.dstPort(row));
    }

    /** The way back. */
    Tuple reversed() {
        return new Tuple(ipProtocol, dstHi, dstLo, dstPort, srcHi, srcLo, srcPort);
    }

    boolean isIp() {
        return srcHi != 0 || srcLo != 0 || dstHi != 0 || dstLo != 0;
    }

    boolean hasPorts() {
        return isIp() && Protocols.hasPorts(ipProtocol);
    }

    String protocol() {
        return isIp() ? Protocols.name(ipProtocol) : Protocols.name(Protocols.NON_IP);
    }

    String source() {
        return isIp() ? Addresses.text(srcHi, srcLo) : null;
    }

    String destination() {
        return isIp() ? Addresses.text(dstHi, dstLo) : null;
    }
}
