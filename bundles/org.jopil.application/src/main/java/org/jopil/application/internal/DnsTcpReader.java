// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/** DNS over TCP (RFC 7766): a length before the message. The first of each direction is read. */
final class DnsTcpReader implements Reader {
    private static final int LENGTH_BYTES = 2;
    private static final int HEADER_BYTES = 12;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if (!bytes.has(0, LENGTH_BYTES)) {
            return findings.onPort(DnsMessage.PORT) ? Answer.MORE : Answer.NO;
        }
        int length = bytes.u16(0);
        if (length < HEADER_BYTES) {
            return Answer.NO;
        }
        Bytes message = bytes.slice(LENGTH_BYTES, length);
        boolean whole = message.length() == length;
        if (!whole && message.length() < HEADER_BYTES) {
            return findings.onPort(DnsMessage.PORT) ? Answer.MORE : Answer.NO;
        }
        if (!DnsMessage.read(message, whole, findings)) {
            return Answer.NO;
        }
        return whole ? Answer.DONE : Answer.YES;
    }
}
