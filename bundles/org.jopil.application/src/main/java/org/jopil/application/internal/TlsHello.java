// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.application.Application;
import org.jopil.application.internal.Reader.Answer;

/** ClientHello and ServerHello (RFC 8446 section 4.1), with the extensions that say who is asked for what. */
final class TlsHello {
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_HELLO = 2;
    private static final int HEADER_BYTES = 4;
    private static final int SESSION_ID_AT = 38;
    private static final int MOST_SESSION_ID_BYTES = 32;

    private static final int SERVER_NAME = 0;
    private static final int SUPPORTED_GROUPS = 10;
    private static final int EC_POINT_FORMATS = 11;
    private static final int SIGNATURE_ALGORITHMS = 13;
    private static final int ALPN = 16;
    private static final int SUPPORTED_VERSIONS = 43;

    /** A whole ClientHello's lists in its own order, GREASE (RFC 8701) included. */
    final List<Integer> ciphers = new ArrayList<>();

    final List<Integer> extensions = new ArrayList<>();
    final List<Integer> groups = new ArrayList<>();
    final List<Integer> pointFormats = new ArrayList<>();
    final List<Integer> signatureAlgorithms = new ArrayList<>();
    final List<Integer> versions = new ArrayList<>();
    /** As they are on the wire. */
    final List<byte[]> alpn = new ArrayList<>();

    final List<String> alpnNames = new ArrayList<>();
    int legacyVersion;
    String serverName;
    /** Whether everything up to the end of the extensions was there and fitted. */
    boolean complete;

    private TlsHello() {}

    static boolean isHello(int handshakeType) {
        return handshakeType == CLIENT_HELLO || handshakeType == SERVER_HELLO;
    }

    /** {@code bytes} begin with the handshake header. */
    static Answer read(Bytes bytes, boolean quic, Application application, Findings findings) {
        if (!bytes.has(0, SESSION_ID_AT + 1)) {
            return Answer.MORE;
        }
        int type = bytes.u8(0);
        int length = bytes.u24(1);
        int session = bytes.u8(SESSION_ID_AT);
        if (!isHello(type)
                || bytes.u8(HEADER_BYTES) != 3
                || session > MOST_SESSION_ID_BYTES
                || length < SESSION_ID_AT - HEADER_BYTES + 1 + session) {
            return Answer.NO;
        }
        findings.application(application);
        Bytes message = bytes.slice(0, HEADER_BYTES + length);
        boolean whole = message.length() == HEADER_BYTES + length;
        if (type == CLIENT_HELLO) {
            client(message, quic, findings);
        } else {
            server(message, whole, findings);
        }
        return whole ? Answer.DONE : Answer.YES;
    }

    private static void client(Bytes bytes, boolean quic, Findings findings) {
        TlsHello hello = parseClient(bytes);
        if (hello.serverName != null) {
            findings.put("tls.handshake.extensions_server_name", hello.serverName);
            findings.serverName(hello.serverName);
        }
        if (!hello.alpnNames.isEmpty()) {
            findings.put("tls.handshake.extensions_alpn_str.client", List.copyOf(hello.alpnNames));
        }
        if (hello.complete) {
            findings.put("tls.handshake.ja4", Ja4.of(hello, quic));
        }
    }

    /** A ClientHello from its handshake header on, as far as it is there. */
    static TlsHello parseClient(Bytes bytes) {
        TlsHello hello = new TlsHello();
        hello.legacyVersion = bytes.u16(HEADER_BYTES);
        int at = SESSION_ID_AT + 1 + bytes.u8(SESSION_ID_AT);
        if (!bytes.has(at, 2) || !bytes.has(at + 2, bytes.u16(at))) {
            return hello;
        }
        int ciphersEnd = at + 2 + bytes.u16(at);
        numbers(bytes, at + 2, ciphersEnd, hello.ciphers);
        if (!bytes.has(ciphersEnd, 1) || !bytes.has(ciphersEnd + 1, bytes.u8(ciphersEnd))) {
            return hello;
        }
        at = ciphersEnd + 1 + bytes.u8(ciphersEnd);
        boolean whole = bytes.length() == HEADER_BYTES + bytes.u24(1);
        if (whole && at == bytes.length()) {
            hello.complete = true;
            return hello;
        }
        if (!bytes.has(at, 2)) {
            return hello;
        }
        int end = at + 2 + bytes.u16(at);
        at += 2;
        while (at + 4 <= end && bytes.has(at, 4) && bytes.has(at + 4, bytes.u16(at + 2))) {
            int type = bytes.u16(at);
            Bytes body = bytes.slice(at + 4, bytes.u16(at + 2));
            hello.extensions.add(type);
            hello.extension(type, body);
            at += 4 + body.length();
        }
        hello.complete = whole && at == end && end == bytes.length();
        return hello;
    }

    private void extension(int type, Bytes body) {
        switch (type) {
            case SERVER_NAME -> {
                if (body.has(0, 5) && body.u8(2) == 0 && body.u16(3) > 0 && body.has(5, body.u16(3))) {
                    serverName = Text.name(body, 5, body.u16(3));
                }
            }
            case ALPN -> alpn(body);
            case SUPPORTED_GROUPS -> list(body, groups);
            case SIGNATURE_ALGORITHMS -> list(body, signatureAlgorithms);
            case SUPPORTED_VERSIONS -> {
                if (body.has(0, 1)) {
                    numbers(body, 1, Math.min(body.length(), 1 + body.u8(0)), versions);
                }
            }
            case EC_POINT_FORMATS -> {
                for (int i = 1; body.has(0, 1) && i <= body.u8(0) && body.has(i, 1); i++) {
                    pointFormats.add(body.u8(i));
                }
            }
            default -> {}
        }
    }

    private void alpn(Bytes body) {
        int at = 2;
        while (body.has(at, 1) && body.u8(at) > 0 && body.has(at + 1, body.u8(at))) {
            alpn.add(body.copy(at + 1, body.u8(at)));
            alpnNames.add(Text.name(body, at + 1, body.u8(at)));
            at += 1 + body.u8(at);
        }
    }

    private static void list(Bytes body, List<Integer> into) {
        if (body.has(0, 2)) {
            numbers(body, 2, Math.min(body.length(), 2 + body.u16(0)), into);
        }
    }

    private static void numbers(Bytes bytes, int at, int end, List<Integer> into) {
        for (int i = at; i + 2 <= end; i += 2) {
            into.add(bytes.u16(i));
        }
    }

    private static void server(Bytes bytes, boolean whole, Findings findings) {
        int legacyVersion = bytes.u16(HEADER_BYTES);
        int at = SESSION_ID_AT + 1 + bytes.u8(SESSION_ID_AT);
        if (!bytes.has(at, 3)) {
            return;
        }
        findings.put("tls.handshake.version", Text.hex(legacyVersion, 4));
        findings.put("tls.handshake.ciphersuite", Text.hex(bytes.u16(at), 4));
        String cipher = TlsCiphers.name(bytes.u16(at));
        if (!cipher.isEmpty()) {
            findings.put("jopil.tls.cipher", cipher);
        }
        int version = legacyVersion;
        at += 3;
        if (bytes.has(at, 2)) {
            int end = Math.min(bytes.length(), at + 2 + bytes.u16(at));
            at += 2;
            while (at + 4 <= end && at + 4 + bytes.u16(at + 2) <= end) {
                int type = bytes.u16(at);
                Bytes body = bytes.slice(at + 4, bytes.u16(at + 2));
                if (type == SUPPORTED_VERSIONS && body.length() == 2) {
                    version = body.u16(0);
                    findings.put("tls.handshake.extensions.supported_version", Text.hex(version, 4));
                } else if (type == ALPN && body.has(0, 3) && body.u8(2) > 0 && body.has(3, body.u8(2))) {
                    findings.put("tls.handshake.extensions_alpn_str.server", Text.name(body, 3, body.u8(2)));
                }
                at += 4 + body.length();
            }
        }
        if (whole) {
            findings.put("jopil.tls.version", versionName(version));
        }
    }

    private static String versionName(int version) {
        return switch (version) {
            case 0x0300 -> "SSL 3.0";
            case 0x0301 -> "TLS 1.0";
            case 0x0302 -> "TLS 1.1";
            case 0x0303 -> "TLS 1.2";
            case 0x0304 -> "TLS 1.3";
            default -> Text.hex(version, 4);
        };
    }
}
