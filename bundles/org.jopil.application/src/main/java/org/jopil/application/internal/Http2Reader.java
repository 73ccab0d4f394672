// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** HTTP/2 in clear text with prior knowledge (RFC 9113 section 3.3), and gRPC by its content type. */
final class Http2Reader implements Reader {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int FRAME_HEADER_BYTES = 9;
    /** SETTINGS_MAX_FRAME_SIZE at the beginning of a connection. */
    private static final int MOST_FRAME_BYTES = 16384;

    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int PADDED = 0x08;
    private static final int PRIORITY = 0x20;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if (bytes.agrees(0, PREFACE)) {
            if (!bytes.has(0, PREFACE.length())) {
                return Answer.MORE;
            }
            if (findings.application() != Application.GRPC) {
                findings.application(Application.HTTP2);
            }
            return frames(bytes, PREFACE.length(), true, findings);
        }
        boolean known = findings.application() == Application.HTTP2 || findings.application() == Application.GRPC;
        if (!known || (bytes.has(3, 1) && bytes.u8(3) != SETTINGS)) {
            return Answer.NO;
        }
        return frames(bytes, 0, false, findings);
    }

    private static Answer frames(Bytes bytes, int from, boolean request, Findings findings) {
        int at = from;
        while (bytes.has(at, FRAME_HEADER_BYTES) && bytes.u24(at) <= MOST_FRAME_BYTES) {
            int length = bytes.u24(at);
            if (bytes.u8(at + 3) == HEADERS) {
                Bytes body = bytes.slice(at + FRAME_HEADER_BYTES, length);
                headers(body, bytes.u8(at + 4), request, findings);
                return body.length() == length ? Answer.DONE : Answer.YES;
            }
            at += FRAME_HEADER_BYTES + length;
        }
        return Answer.YES;
    }

    private static void headers(Bytes body, int flags, boolean request, Findings findings) {
        int from = 0;
        int padding = 0;
        if ((flags & PADDED) != 0) {
            if (!body.has(0, 1)) {
                return;
            }
            padding = body.u8(0);
            from = 1;
        }
        if ((flags & PRIORITY) != 0) {
            from += 5;
        }
        new Hpack((name, value) -> header(name, value, request, findings))
                .decode(body.slice(from, body.length() - from - padding));
        if (request) {
            findings.request();
        }
    }

    private static void header(String name, String value, boolean request, Findings findings) {
        switch (name) {
            case ":method" -> findings.put("http2.headers.method", value);
            case ":path" -> {
                int query = findings.shared.queryStrings ? -1 : value.indexOf('?');
                findings.put("http2.headers.path", query < 0 ? value : value.substring(0, query));
            }
            case ":authority" -> {
                findings.put("http2.headers.authority", value);
                findings.serverName(Text.withoutPort(value));
            }
            case "user-agent" -> findings.put("http2.headers.user_agent", value);
            case ":status" -> findings.put("http2.headers.status", value);
            case "content-type" -> {
                if (request) {
                    findings.put("http2.headers.content_type", value);
                }
                if (value.startsWith("application/grpc")) {
                    findings.application(Application.GRPC);
                }
            }
            default -> {}
        }
    }
}
