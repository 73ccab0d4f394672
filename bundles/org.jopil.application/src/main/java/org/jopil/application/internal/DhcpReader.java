// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.api.event.Addresses;
import org.jopil.application.Application;

/** DHCP (RFC 2131, options of RFC 2132) by its magic number, and BOOTP without one on its ports. */
final class DhcpReader implements Reader {
    private static final int SERVER_PORT = 67;
    private static final int CLIENT_PORT = 68;
    private static final int YOUR_ADDRESS_AT = 16;
    private static final int MAGIC_AT = 236;
    private static final int MAGIC = 0x63825363;
    private static final int HOST_NAME = 12;
    private static final int REQUESTED_ADDRESS = 50;
    private static final int MESSAGE_TYPE = 53;
    private static final int END = 255;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        boolean onPort = findings.onPort(SERVER_PORT) || findings.onPort(CLIENT_PORT);
        boolean magic = bytes.has(MAGIC_AT, 4) && bytes.i32(MAGIC_AT) == MAGIC;
        boolean operation = bytes.u8(0) == 1 || bytes.u8(0) == 2;
        if (!operation || (!magic && !(onPort && bytes.has(0, MAGIC_AT))) || (bytes.has(2, 1) && bytes.u8(2) > 16)) {
            return Answer.NO;
        }
        findings.newMessage();
        findings.application(Application.DHCP);
        if (bytes.i32(YOUR_ADDRESS_AT) != 0) {
            findings.put("dhcp.ip.your", address(bytes, YOUR_ADDRESS_AT));
        }
        int at = magic ? MAGIC_AT + 4 : bytes.length();
        while (bytes.has(at, 1) && bytes.u8(at) != END) {
            if (bytes.u8(at) == 0) {
                at++;
                continue;
            }
            if (!bytes.has(at, 2) || !bytes.has(at + 2, bytes.u8(at + 1))) {
                break;
            }
            option(bytes.u8(at), bytes.slice(at + 2, bytes.u8(at + 1)), findings);
            at += 2 + bytes.u8(at + 1);
        }
        return Answer.YES;
    }

    private static void option(int code, Bytes body, Findings findings) {
        if (code == MESSAGE_TYPE && body.length() == 1) {
            findings.put("dhcp.option.dhcp", (long) body.u8(0));
        } else if (code == HOST_NAME && body.length() > 0) {
            findings.put("dhcp.option.hostname", Text.name(body, 0, body.length()));
        } else if (code == REQUESTED_ADDRESS && body.length() == 4) {
            findings.put("dhcp.option.requested_ip_address", address(body, 0));
        }
    }

    private static String address(Bytes bytes, int at) {
        return Addresses.text(0, Addresses.mapped(bytes.i32(at)));
    }
}
