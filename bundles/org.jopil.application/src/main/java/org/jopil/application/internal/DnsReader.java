// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/** DNS over UDP: every datagram is a message. */
final class DnsReader implements Reader {
    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        boolean whole = bytes.length() == findings.payloadBytes;
        return DnsMessage.read(bytes, whole, findings) ? Answer.YES : Answer.NO;
    }
}
