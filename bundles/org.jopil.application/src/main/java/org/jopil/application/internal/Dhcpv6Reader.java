// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** DHCPv6 (RFC 8415) on its ports, with the client's name (RFC 4704). */
final class Dhcpv6Reader implements Reader {
    private static final int CLIENT_PORT = 546;
    private static final int SERVER_PORT = 547;
    /** IANA's registry of DHCPv6 message types. */
    private static final int MOST_TYPE = 36;

    private static final int RELAY_FORWARD = 12;
    private static final int RELAY_REPLY = 13;
    private static final int RELAY_HEADER_BYTES = 34;
    private static final int HEADER_BYTES = 4;
    private static final int CLIENT_FQDN = 39;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        boolean onPort = findings.onPort(CLIENT_PORT) || findings.onPort(SERVER_PORT);
        int type = bytes.u8(0);
        int options = type == RELAY_FORWARD || type == RELAY_REPLY ? RELAY_HEADER_BYTES : HEADER_BYTES;
        if (!onPort || type == 0 || type > MOST_TYPE || !bytes.has(0, options)) {
            return Answer.NO;
        }
        findings.newMessage();
        findings.application(Application.DHCPV6);
        findings.put("dhcpv6.msgtype", (long) type);
        int at = options;
        while (bytes.has(at, 4) && bytes.has(at + 4, bytes.u16(at + 2))) {
            if (bytes.u16(at) == CLIENT_FQDN && bytes.u16(at + 2) > 1) {
                String name = DnsName.read(bytes.slice(at + 4, bytes.u16(at + 2)), 1, true);
                if (name != null) {
                    findings.put("dhcpv6.client_domain", name);
                }
            }
            at += 4 + bytes.u16(at + 2);
        }
        return Answer.YES;
    }
}
