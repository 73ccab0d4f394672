// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** NTP (RFC 5905 section 7.3) on its port: 48 bytes without a magic number are not told from others elsewhere. */
final class NtpReader implements Reader {
    private static final int PORT = 123;
    private static final int PACKET_BYTES = 48;
    private static final int MOST_CLOCK_MODE = 5;
    private static final int CONTROL_BYTES = 12;
    private static final int PRIVATE_BYTES = 8;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if (!findings.onPort(PORT)) {
            return Answer.NO;
        }
        int version = bytes.u8(0) >> 3 & 7;
        int mode = bytes.u8(0) & 7;
        int least = mode <= MOST_CLOCK_MODE ? PACKET_BYTES : mode == 6 ? CONTROL_BYTES : PRIVATE_BYTES;
        if (version < 1 || version > 4 || (mode == 0 && version != 1) || bytes.length() < least) {
            return Answer.NO;
        }
        findings.application(Application.NTP);
        findings.put("ntp.flags.vn", (long) version);
        findings.put("ntp.flags.mode", (long) mode);
        if (mode <= MOST_CLOCK_MODE) {
            findings.put("ntp.stratum", (long) bytes.u8(1));
        }
        return Answer.YES;
    }
}
