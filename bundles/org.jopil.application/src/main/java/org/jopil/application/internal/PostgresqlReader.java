// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** PostgreSQL's start-up and encryption requests (PostgreSQL documentation, "Message Formats"). */
final class PostgresqlReader implements Reader {
    private static final int CANCEL_REQUEST = 80877102;
    private static final int SSL_REQUEST = 80877103;
    private static final int GSS_ENCRYPTION_REQUEST = 80877104;
    private static final int REQUEST_BYTES = 8;
    private static final int CANCEL_BYTES = 16;
    private static final int MOST_REQUESTS = 2;
    private static final int MOST_STARTUP_BYTES = 10_000;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        Answer first = message(bytes, findings);
        // asked for encryption and refused, a client goes on in clear text
        for (int at = REQUEST_BYTES; first == Answer.YES && at <= MOST_REQUESTS * REQUEST_BYTES; at += REQUEST_BYTES) {
            if (!bytes.has(at, 1) || !isEncryptionRequest(bytes, at - REQUEST_BYTES)) {
                return first;
            }
            Answer next = message(bytes.slice(at, bytes.length()), findings);
            if (next != Answer.YES) {
                return next == Answer.MORE ? Answer.YES : Answer.DONE;
            }
        }
        return first;
    }

    private static boolean isEncryptionRequest(Bytes bytes, int at) {
        int code = bytes.i32(at + 4);
        return bytes.i32(at) == REQUEST_BYTES && (code == SSL_REQUEST || code == GSS_ENCRYPTION_REQUEST);
    }

    private static Answer message(Bytes bytes, Findings findings) {
        if (!bytes.has(0, REQUEST_BYTES)) {
            return shorter(bytes);
        }
        int length = bytes.i32(0);
        int code = bytes.i32(4);
        if (isEncryptionRequest(bytes, 0)) {
            findings.application(Application.POSTGRESQL);
            findings.put("jopil.pgsql.request", code == SSL_REQUEST ? "SSLRequest" : "GSSENCRequest");
            return Answer.YES;
        }
        if (length == CANCEL_BYTES && code == CANCEL_REQUEST) {
            findings.application(Application.POSTGRESQL);
            findings.put("jopil.pgsql.request", "CancelRequest");
            return Answer.DONE;
        }
        if (code >>> 16 != 3 || (code & 0xFFFF) > 9 || length <= REQUEST_BYTES || length > MOST_STARTUP_BYTES) {
            return Answer.NO;
        }
        return startup(bytes.slice(0, length), length, findings);
    }

    private static Answer shorter(Bytes bytes) {
        boolean begun = bytes.u8(0) == 0
                && (!bytes.has(1, 1) || bytes.u8(1) == 0)
                && (!bytes.has(2, 1) || bytes.u8(2) <= MOST_STARTUP_BYTES >> 8);
        return begun ? Answer.MORE : Answer.NO;
    }

    /** Names and values, each ended by a zero; a zero ends the list. */
    private static Answer startup(Bytes bytes, int length, Findings findings) {
        int at = REQUEST_BYTES;
        boolean sure = false;
        while (bytes.has(at, 1) && bytes.u8(at) != 0) {
            int nameEnd = bytes.indexOf(0, at, bytes.length());
            int valueEnd = nameEnd < 0 ? -1 : bytes.indexOf(0, nameEnd + 1, bytes.length());
            boolean printable = bytes.printable(at, (nameEnd < 0 ? bytes.length() : nameEnd) - at);
            if (valueEnd < 0 || !printable) {
                if (!printable && !sure) {
                    return Answer.NO;
                }
                break;
            }
            sure = true;
            findings.application(Application.POSTGRESQL);
            if (bytes.startsWith(at, "database\0")) {
                findings.put("jopil.pgsql.database", Text.line(bytes, nameEnd + 1, valueEnd - nameEnd - 1));
            }
            at = valueEnd + 1;
        }
        boolean whole = bytes.length() == length;
        if (sure) {
            return whole ? Answer.DONE : Answer.YES;
        }
        return whole ? Answer.NO : Answer.MORE;
    }
}
