// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** TLS over TCP: the record layer (RFC 8446 section 5.1), and the ClientHello in the form of SSL 2 (RFC 5246 E.2). */
final class TlsReader implements Reader {
    private static final int RECORD_HEADER_BYTES = 5;
    /** RFC 5246 section 6.2.3. */
    private static final int MOST_RECORD_BYTES = 16384 + 2048;

    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int ALERT = 21;
    private static final int HANDSHAKE = 22;
    private static final int HEARTBEAT = 24;
    private static final int WARNING = 1;
    private static final int SSL_2_HEADER_BYTES = 11;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if ((bytes.u8(0) & 0x80) != 0) {
            return ssl2Hello(bytes, findings);
        }
        int type = bytes.u8(0);
        if (type < CHANGE_CIPHER_SPEC || type > HEARTBEAT || (bytes.has(1, 1) && bytes.u8(1) != 3)) {
            return Answer.NO;
        }
        if (!bytes.has(0, RECORD_HEADER_BYTES + 1)) {
            return Answer.MORE;
        }
        int length = bytes.u16(3);
        if (bytes.u8(2) > 4 || length == 0 || length > MOST_RECORD_BYTES) {
            return Answer.NO;
        }
        if (type == HANDSHAKE && TlsHello.isHello(bytes.u8(RECORD_HEADER_BYTES))) {
            return TlsHello.read(handshake(bytes), false, Application.TLS, findings);
        }
        findings.application(Application.TLS);
        if (type == ALERT && length == 2 && bytes.has(RECORD_HEADER_BYTES, 2) && bytes.u8(RECORD_HEADER_BYTES) <= 2) {
            findings.put("tls.alert_message.desc", (long) bytes.u8(RECORD_HEADER_BYTES + 1));
            if (bytes.u8(RECORD_HEADER_BYTES) == WARNING) {
                return behindWarning(bytes, fromClient, findings);
            }
        }
        return Answer.DONE;
    }

    /** A server may warn that it does not know the name before it goes on (RFC 6066 section 3). */
    private Answer behindWarning(Bytes bytes, boolean fromClient, Findings findings) {
        Bytes next = bytes.slice(RECORD_HEADER_BYTES + 2, bytes.length());
        if (next.length() == 0) {
            return Answer.YES;
        }
        Answer answer = next.u8(0) == HANDSHAKE ? read(next, fromClient, findings) : Answer.DONE;
        return answer == Answer.MORE ? Answer.YES : answer;
    }

    /** What the handshake records at the beginning carry. */
    private static Bytes handshake(Bytes bytes) {
        int first = bytes.u16(3);
        int end = RECORD_HEADER_BYTES + first;
        if (!bytes.has(end, RECORD_HEADER_BYTES) || bytes.u8(end) != HANDSHAKE) {
            return bytes.slice(RECORD_HEADER_BYTES, first);
        }
        byte[] joined = new byte[bytes.length()];
        int count = 0;
        int at = 0;
        while (bytes.has(at, RECORD_HEADER_BYTES) && bytes.u8(at) == HANDSHAKE) {
            int here = Math.min(bytes.u16(at + 3), bytes.length() - at - RECORD_HEADER_BYTES);
            bytes.copyTo(at + RECORD_HEADER_BYTES, joined, count, here);
            count += here;
            at += RECORD_HEADER_BYTES + here;
        }
        return new Bytes().set(joined, 0, count);
    }

    private static Answer ssl2Hello(Bytes bytes, Findings findings) {
        if (bytes.has(0, 5) && (bytes.u8(2) != 1 || bytes.u8(3) != 3 || bytes.u8(4) > 3)) {
            return Answer.NO;
        }
        if (!bytes.has(0, SSL_2_HEADER_BYTES)) {
            return bytes.has(0, 3) && bytes.u8(2) == 1 ? Answer.MORE : Answer.NO;
        }
        int length = bytes.u16(0) & 0x7FFF;
        int ciphers = bytes.u16(5);
        int session = bytes.u16(7);
        int challenge = bytes.u16(9);
        boolean consistent = ciphers > 0
                && ciphers % 3 == 0
                && challenge >= 16
                && challenge <= 32
                && length == SSL_2_HEADER_BYTES - 2 + ciphers + session + challenge;
        if (!consistent) {
            return Answer.NO;
        }
        findings.application(Application.TLS);
        return Answer.DONE;
    }
}
