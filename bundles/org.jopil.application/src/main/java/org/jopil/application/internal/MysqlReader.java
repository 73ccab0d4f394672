// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** The greeting of a MySQL or MariaDB server, protocol 10 (MySQL internals, "Protocol::HandshakeV10"). */
final class MysqlReader implements Reader {
    private static final int PROTOCOL = 10;
    private static final int VERSION_AT = 5;
    private static final int MOST_VERSION_BYTES = 64;
    /** Thread id, the first part of the challenge, a zero. */
    private static final int AFTER_VERSION_BYTES = 4 + 8 + 1;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if (!bytes.has(0, VERSION_AT + 1)) {
            return Answer.NO;
        }
        int length = bytes.u8(0) | bytes.u8(1) << 8 | bytes.u8(2) << 16;
        int first = bytes.u8(VERSION_AT);
        if (bytes.u8(3) != 0 || bytes.u8(4) != PROTOCOL || length > 512 || first < '0' || first > '9') {
            return Answer.NO;
        }
        int end = bytes.indexOf(0, VERSION_AT, VERSION_AT + MOST_VERSION_BYTES);
        if (end < 0) {
            int seen = Math.min(MOST_VERSION_BYTES, bytes.length() - VERSION_AT);
            return seen < MOST_VERSION_BYTES && bytes.printable(VERSION_AT, seen) ? Answer.MORE : Answer.NO;
        }
        if (!bytes.printable(VERSION_AT, end - VERSION_AT) || 4 + length < end + 1 + AFTER_VERSION_BYTES) {
            return Answer.NO;
        }
        if (!bytes.has(end + 1, AFTER_VERSION_BYTES)) {
            return Answer.MORE;
        }
        if (bytes.u8(end + AFTER_VERSION_BYTES) != 0) {
            return Answer.NO;
        }
        findings.application(Application.MYSQL);
        findings.put("mysql.protocol", (long) PROTOCOL);
        findings.put("mysql.version", Text.line(bytes, VERSION_AT, end - VERSION_AT));
        return Answer.DONE;
    }
}
