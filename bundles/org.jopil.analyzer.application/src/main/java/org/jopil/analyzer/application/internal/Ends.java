// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import org.jopil.api.event.PayloadBatch;
import org.jopil.api.source.Applications.Flow;

/** Which end of a flow is the client, as far as its payloads tell. */
final class Ends {
    private static final int PRIVILEGED = 1024;
    /** Where the systems of today take the ports of clients from (RFC 6335 section 6, and Linux' 32768). */
    private static final int EPHEMERAL = 32_768;

    private Ends() {}

    /** The flow of a row, its sender as the source. */
    static Flow flow(PayloadBatch batch, int row) {
        return new Flow(
                batch.interfaceId(row),
                batch.vlan(row),
                batch.innerVlan(row),
                batch.ipProtocol(row),
                batch.srcHi(row),
                batch.srcLo(row),
                batch.srcPort(row),
                batch.dstHi(row),
                batch.dstLo(row),
                batch.dstPort(row));
    }

    /** Whether who sends first is the client: it is, unless its port is one of a server's and the other's is not. */
    static boolean isClient(int srcPort, int dstPort) {
        if (srcPort < PRIVILEGED != dstPort < PRIVILEGED) {
            return dstPort < PRIVILEGED;
        }
        if (srcPort < EPHEMERAL != dstPort < EPHEMERAL) {
            return dstPort < EPHEMERAL;
        }
        return true;
    }
}
