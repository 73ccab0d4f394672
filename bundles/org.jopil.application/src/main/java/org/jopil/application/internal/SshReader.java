// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** SSH's identification strings (RFC 4253 section 4.2). */
final class SshReader implements Reader {
    private static final String[] BEGINNINGS = {"SSH-2.0-", "SSH-1."};
    private static final int MOST_BYTES = 255;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        for (String beginning : BEGINNINGS) {
            if (bytes.startsWith(0, beginning)) {
                return identification(bytes, fromClient, findings);
            }
            if (bytes.agrees(0, beginning)) {
                return Answer.MORE;
            }
        }
        return Answer.NO;
    }

    private static Answer identification(Bytes bytes, boolean fromClient, Findings findings) {
        findings.application(Application.SSH);
        int end = bytes.indexOf('\n', 0, MOST_BYTES);
        if (end < 0) {
            return bytes.length() < MOST_BYTES ? Answer.YES : Answer.DONE;
        }
        int last = bytes.u8(end - 1) == '\r' ? end - 1 : end;
        findings.put(fromClient ? "ssh.protocol.client" : "ssh.protocol.server", Text.line(bytes, 0, last));
        return Answer.DONE;
    }
}
