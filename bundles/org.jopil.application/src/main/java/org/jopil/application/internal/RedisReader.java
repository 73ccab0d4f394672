// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.Locale;
import org.jopil.application.Application;

/** The Redis serialization protocol: a command as an array of bulk strings. Of it the command's name alone is kept. */
final class RedisReader implements Reader {
    private static final int PORT = 6379;
    private static final int MOST_NAME_BYTES = 32;
    private static final int MOST_DIGITS = 7;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if (bytes.u8(0) != '*') {
            return findings.onPort(PORT) ? onItsPort(bytes, fromClient, findings) : Answer.NO;
        }
        int at = number(bytes, 1);
        if (at <= 0) {
            return at == 0 ? Answer.MORE : Answer.NO;
        }
        if (!bytes.has(at, 1)) {
            return Answer.MORE;
        }
        if (bytes.u8(at) != '$') {
            return Answer.NO;
        }
        int name = number(bytes, at + 1);
        if (name <= 0) {
            return name == 0 ? Answer.MORE : Answer.NO;
        }
        int end = bytes.indexOf('\r', name, name + MOST_NAME_BYTES);
        int seen = (end < 0 ? Math.min(bytes.length(), name + MOST_NAME_BYTES) : end) - name;
        if (!letters(bytes, name, seen) || (end < 0 && seen == MOST_NAME_BYTES) || end == name) {
            return Answer.NO;
        }
        if (end < 0) {
            return Answer.MORE;
        }
        findings.application(Application.REDIS);
        findings.put("jopil.redis.command", Text.line(bytes, name, seen).toUpperCase(Locale.ROOT));
        return Answer.DONE;
    }

    /** Replies and inline commands look like much else; on Redis' port they are taken for what they are there. */
    private static Answer onItsPort(Bytes bytes, boolean fromClient, Findings findings) {
        int end = bytes.indexOf('\n', 0, bytes.length());
        if (end < 2 || bytes.u8(end - 1) != '\r') {
            return Answer.NO;
        }
        int first = bytes.u8(0);
        boolean reply = first == '+' || first == '-' || ((first == ':' || first == '$') && number(bytes, 1) > 0);
        int word = bytes.indexOf(' ', 0, end - 1);
        int wordEnd = word < 0 ? end - 1 : word;
        boolean command = fromClient && letters(bytes, 0, wordEnd);
        if (!reply && !command) {
            return Answer.NO;
        }
        findings.application(Application.REDIS);
        if (command) {
            findings.put("jopil.redis.command", Text.line(bytes, 0, wordEnd).toUpperCase(Locale.ROOT));
        }
        return Answer.DONE;
    }

    private static boolean letters(Bytes bytes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            int letter = bytes.u8(i) | 0x20;
            if ((letter < 'a' || letter > 'z') && letter != '.' && letter != '_') {
                return false;
            }
        }
        return true;
    }

    /** Behind a number and its CR LF; 0 if it is cut, -1 if it is none. */
    private static int number(Bytes bytes, int from) {
        int at = from;
        if (bytes.has(at, 1) && bytes.u8(at) == '-') {
            at++;
        }
        int digits = 0;
        while (bytes.has(at, 1) && bytes.u8(at) >= '0' && bytes.u8(at) <= '9') {
            at++;
            digits++;
        }
        if (digits > MOST_DIGITS || !bytes.agrees(at, "\r\n") || (digits == 0 && bytes.has(at, 1))) {
            return -1;
        }
        return bytes.has(at, 2) ? at + 2 : 0;
    }
}
