// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** HTTP/1.0 and 1.1 (RFC 9112): the first request and the first response. */
final class HttpReader implements Reader {
    /** IANA's registry of methods, the ones that are not WebDAV's rarest. */
    private static final String[] METHODS = {
        "GET ",
        "POST ",
        "HEAD ",
        "PUT ",
        "DELETE ",
        "CONNECT ",
        "OPTIONS ",
        "TRACE ",
        "PATCH ",
        "PROPFIND ",
        "PROPPATCH ",
        "MKCOL ",
        "COPY ",
        "MOVE ",
        "LOCK ",
        "UNLOCK ",
        "REPORT ",
        "SEARCH "
    };

    /** From here on a target is taken for one, though its end was not seen. */
    private static final int LONG_TARGET_BYTES = 1000;

    private static final String VERSION = "HTTP/1.";
    private static final int LEAST_VERSION_BYTES = "HTT".length();

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if (bytes.agrees(0, VERSION)) {
            return bytes.has(0, VERSION.length()) ? response(bytes, findings) : Answer.MORE;
        }
        for (String method : METHODS) {
            if (bytes.agrees(0, method)) {
                return bytes.has(0, method.length()) ? request(bytes, method, findings) : Answer.MORE;
            }
        }
        return Answer.NO;
    }

    private static Answer request(Bytes bytes, String method, Findings findings) {
        int target = method.length();
        int end = target;
        while (bytes.has(end, 1) && bytes.u8(end) > ' ' && bytes.u8(end) != 0x7F) {
            end++;
        }
        int version = end + 1;
        boolean endSeen = bytes.has(version, LEAST_VERSION_BYTES);
        if (endSeen) {
            if (end == target || bytes.u8(end) != ' ' || !bytes.agrees(version, VERSION)) {
                return Answer.NO;
            }
        } else if (bytes.has(end, 1) && (end == target || bytes.u8(end) != ' ' || !bytes.agrees(version, VERSION))) {
            return Answer.NO;
        } else if (end - target < LONG_TARGET_BYTES) {
            return Answer.MORE;
        }
        findings.application(Application.HTTP);
        findings.request();
        findings.put("http.request.method", method.trim());
        if (endSeen) {
            target(bytes, target, end, findings);
        }
        return headers(bytes, findings) ? Answer.DONE : Answer.YES;
    }

    private static void target(Bytes bytes, int from, int end, Findings findings) {
        int query = bytes.indexOf('?', from, end);
        int pathEnd = query < 0 ? end : query;
        findings.put("http.request.uri.path", Text.name(bytes, from, pathEnd - from));
        if (query >= 0 && findings.shared.queryStrings) {
            findings.put("http.request.uri.query", Text.name(bytes, query + 1, end - query - 1));
        }
    }

    private static Answer response(Bytes bytes, Findings findings) {
        int status = VERSION.length() + 2;
        if (!bytes.has(0, status + 3)) {
            return Answer.MORE;
        }
        int code = 0;
        for (int i = status; i < status + 3; i++) {
            if (bytes.u8(i) < '0' || bytes.u8(i) > '9') {
                return Answer.NO;
            }
            code = code * 10 + bytes.u8(i) - '0';
        }
        if (bytes.u8(status - 1) != ' ') {
            return Answer.NO;
        }
        findings.application(Application.HTTP);
        findings.put("http.response.code", (long) code);
        findings.answer("http.time");
        return Answer.DONE;
    }

    /** Whether the end of the headers was seen. */
    private static boolean headers(Bytes bytes, Findings findings) {
        int line = 0;
        int end = bytes.indexOf('\n', 0, bytes.length());
        while (end >= 0) {
            int last = end > line && bytes.u8(end - 1) == '\r' ? end - 1 : end;
            if (last == line) {
                return true;
            }
            header(bytes, line, last, findings);
            line = end + 1;
            end = bytes.indexOf('\n', line, bytes.length());
        }
        return false;
    }

    private static void header(Bytes bytes, int from, int end, Findings findings) {
        int colon = bytes.indexOf(':', from, end);
        if (colon < 0) {
            return;
        }
        int value = colon + 1;
        while (value < end && (bytes.u8(value) == ' ' || bytes.u8(value) == '\t')) {
            value++;
        }
        if (value == end) {
            return;
        }
        if (colon - from == 4 && bytes.startsWithIgnoringCase(from, "host")) {
            String host = Text.name(bytes, value, end - value);
            findings.put("http.host", host);
            findings.serverName(Text.withoutPort(host));
        } else if (colon - from == 10 && bytes.startsWithIgnoringCase(from, "user-agent")) {
            findings.put("http.user_agent", Text.line(bytes, value, end - value));
        }
    }
}
